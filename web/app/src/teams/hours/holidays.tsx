/** Days on which the office is open at other times than in an ordinary week, or not at all. */
import { TextField } from "../../sites/form/fields.tsx";
import type { Saving } from "../form-parts.tsx";
import type { Holiday, Hours } from "../teams.ts";
import { reasonBelow } from "../words.ts";
import { Spans } from "./spans.tsx";

/** The holidays of the hours on the page. */
export function Holidays({ saving }: { saving: Saving<Hours> }) {
  const { value, reasons, change } = saving;
  const { holidays } = value;
  const write = (index: number, changes: Partial<Holiday>): void => {
    const before = holidays[index];
    if (before) change({ holidays: holidays.with(index, { ...before, ...changes }) });
  };
  return (
    <fieldset class="many">
      <legend>Holidays</legend>
      {holidays.length === 0 && <p class="text-muted text-sm">None: every week is like the other.</p>}
      {holidays.map((one, index) => (
        <fieldset class="key-fields" key={index}>
          <legend>{one.name || `Holiday ${index + 1}`}</legend>
          <div class="field-pair">
            <label class="field">
              Day
              <input
                class="input"
                type="date"
                aria-invalid={reasons[`holidays.${index}.date`] ? "true" : undefined}
                value={one.date}
                onInput={(event) => {
                  write(index, { date: event.currentTarget.value });
                }}
              />
              {reasons[`holidays.${index}.date`] && <span class="form-error">Choose a day.</span>}
            </label>
            <TextField
              label="What it is"
              value={one.name}
              reason={reasons[`holidays.${index}.name`] ?? ""}
              onChange={(name) => {
                write(index, { name });
              }}
            />
          </div>
          <Spans
            day={one.name || `holiday ${index + 1}`}
            spans={one.spans}
            reason={reasonBelow(reasons, `holidays.${index}.spans`)}
            onChange={(spans) => {
              write(index, { spans });
            }}
          />
          <button
            type="button"
            class="text-button"
            onClick={() => {
              change({ holidays: holidays.toSpliced(index, 1) });
            }}
          >
            Remove<span class="sr-only"> {one.name || `holiday ${index + 1}`}</span>
          </button>
        </fieldset>
      ))}
      {reasons["holidays"] && <p class="form-error">{reasons["holidays"]}</p>}
      <button
        type="button"
        class="button form-add"
        onClick={() => {
          change({ holidays: [...holidays, { date: "", name: "", spans: [] }] });
        }}
      >
        Add a holiday
      </button>
    </fieldset>
  );
}
