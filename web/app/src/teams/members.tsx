/** Who is in a team. */
import { useSignal } from "@preact/signals";
import { X } from "lucide";

import { SelectField } from "../sites/form/fields.tsx";
import { Icon } from "../ui/icon.tsx";
import type { Colleague } from "./teams.ts";
import { nameOf } from "./words.ts";

/** The agents of a team, and a way to add one. */
export function Members(props: { agents: readonly string[]; colleagues: readonly Colleague[]; onChange: (agents: string[]) => void }) {
  const { agents, colleagues, onChange } = props;
  const chosen = useSignal("");
  const others = colleagues.filter((one) => !agents.includes(one.id));
  return (
    <fieldset class="many">
      <legend>Agents</legend>
      {agents.length === 0 && <p class="text-muted text-sm">Nobody yet: conversations of this team wait.</p>}
      <ul class="members">
        {agents.map((id) => {
          const name = nameOf(id, colleagues);
          const isOnline = colleagues.some((one) => one.id === id && one.status === "online");
          return (
            <li key={id}>
              <span class="cut" dir="auto" title={name}>
                {name}
              </span>
              {isOnline && <span class="badge">Online</span>}
              <button
                type="button"
                class="icon-button"
                title="Remove"
                onClick={() => {
                  onChange(agents.filter((one) => one !== id));
                }}
              >
                <Icon node={X} size={16} />
                <span class="sr-only">Remove {name}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {others.length > 0 && (
        <SelectField
          label="Add an agent"
          value={chosen.value}
          options={[["", "Choose"], ...others.map((one) => [one.id, one.name] as const)]}
          onChange={(id) => {
            if (id) onChange([...agents, id]);
            chosen.value = "";
          }}
        />
      )}
    </fieldset>
  );
}
