/** Which kinds of event are told. */
import { useId } from "preact/hooks";

import { EVENTS } from "./words.ts";

/** Choose kinds of event. */
export function EventsField(props: { chosen: readonly string[]; reason: string; onChange: (chosen: string[]) => void }) {
  const id = useId();
  return (
    <fieldset class="events-field" aria-describedby={`${id}-reason`}>
      <legend>What it hears of</legend>
      {EVENTS.map(([group, kinds]) => (
        <div key={group} class="events-group" role="group" aria-label={group}>
          <span class="events-group-name">{group}</span>
          {kinds.map(([kind, words], index) => (
            <label class="choice" key={kind}>
              <input
                type="checkbox"
                checked={props.chosen.includes(kind)}
                aria-invalid={props.reason && group === EVENTS[0]?.[0] && index === 0 ? "true" : undefined}
                onChange={(event) => {
                  const rest = props.chosen.filter((one) => one !== kind);
                  props.onChange(event.currentTarget.checked ? [...rest, kind] : rest);
                }}
              />
              <span>
                <span class="choice-name">{words}</span>
                <code class="help">{kind}</code>
              </span>
            </label>
          ))}
        </div>
      ))}
      {props.reason && (
        <p class="form-error" id={`${id}-reason`}>
          {props.reason}
        </p>
      )}
    </fieldset>
  );
}
