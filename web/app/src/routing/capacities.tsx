/** Agents who may be given more or fewer conversations than the others. */
import { SelectField } from "../sites/form/fields.tsx";
import { NumberField } from "../teams/team-page.tsx";
import { nameOf, reasonBelow } from "../teams/words.ts";
import type { Planning } from "./routing-page.tsx";

/** The exceptions, and a way to make one. */
export function Capacities({ saving, colleagues }: Planning) {
  const { capacities, capacity } = saving.value;
  const write = (next: Record<string, number>): void => {
    saving.change({ capacities: next });
  };
  const others = colleagues.filter((one) => !(one.id in capacities));
  return (
    <details class="more-fields" open={reasonBelow(saving.reasons, "capacities") !== "" || undefined}>
      <summary>Agents with another limit ({Object.keys(capacities).length})</summary>
      <div class="form-group">
        {Object.entries(capacities).map(([id, most]) => {
          const name = nameOf(id, colleagues);
          return (
            <div class="field-pair" key={id}>
              <NumberField
                label={name}
                help="0 gives them none."
                value={most}
                reason={reasonBelow(saving.reasons, "capacities")}
                onChange={(next) => {
                  write({ ...capacities, [id]: next });
                }}
              />
              <button
                type="button"
                class="text-button capacity-remove"
                onClick={() => {
                  write(Object.fromEntries(Object.entries(capacities).filter(([other]) => other !== id)));
                }}
              >
                As everybody<span class="sr-only">: {name}</span>
              </button>
            </div>
          );
        })}
        {others.length > 0 && (
          <SelectField
            label="Another limit for"
            value=""
            options={[["", "Choose an agent"], ...others.map((one) => [one.id, one.name] as const)]}
            onChange={(id) => {
              if (id) write({ ...capacities, [id]: capacity });
            }}
          />
        )}
      </div>
    </details>
  );
}
