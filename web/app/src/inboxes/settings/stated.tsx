/** Which properties of a contact a visitor's token may state. */
import { useId } from "preact/hooks";

import { useLoad } from "../../ui/load.ts";
import { PROPERTIES, readStateable } from "../inboxes.ts";

/** Choose among the properties there are; one that was taken away meanwhile is shown all the same. */
export function Stated(props: {
  chosen: readonly string[];
  reasons: Readonly<Record<string, string>>;
  onChange: (chosen: string[]) => void;
}) {
  const id = useId();
  const { value: known } = useLoad(PROPERTIES, readStateable);
  const chosen = new Set(props.chosen);
  const gone = known ? props.chosen.filter((name) => !known.some((one) => one.name === name)) : [];
  const shown = known
    ? [...known, ...gone.map((name) => ({ name, label: `${name} (deleted)` }))]
    : props.chosen.map((name) => ({ name, label: name }));
  const wrong = Object.entries(props.reasons).filter(([name]) => name.startsWith("props"));
  return (
    <details class="more-fields">
      <summary>What tokens may state ({props.chosen.length})</summary>
      <fieldset class="stated" aria-describedby={`${id}-help`}>
        <legend class="sr-only">Properties that tokens may state</legend>
        <p class="help" id={`${id}-help`}>
          A token names the visitor. Of these properties it may set the contact&rsquo;s value, too; everything else in it is
          dropped. The fewer, the less goes around.
        </p>
        {shown.map((one) => (
          <label key={one.name} class="stated-one">
            <input
              type="checkbox"
              checked={chosen.has(one.name)}
              onChange={(event) => {
                const rest = props.chosen.filter((name) => name !== one.name);
                props.onChange(event.currentTarget.checked ? [...rest, one.name] : rest);
              }}
            />
            <span>{one.label}</span>
          </label>
        ))}
        {wrong.map(([name, reason]) => (
          <p class="form-error" key={name}>
            {name.replace("props.", "")}: {reason}
          </p>
        ))}
      </fieldset>
    </details>
  );
}
