/** One field of a form: label above, fault below. */

import { useId } from "preact/hooks";
import type { Field } from "../../protocol.ts";
import { WORDS } from "../../words.ts";

const LONGEST_ANSWER = 1000;

/** What a browser may fill in by itself, by the property's name. */
const FILLED_BY: Readonly<Record<string, string>> = {
  "contact.email": "email",
  "contact.firstname": "given-name",
  "contact.lastname": "family-name",
  "contact.phone": "tel",
  "contact.company": "organization",
  "contact.jobtitle": "organization-title",
  "contact.city": "address-level2",
  "contact.country": "country-name",
};

const KEYBOARDS: Partial<Record<Field["type"], "decimal" | "email">> = { number: "decimal", email: "email" };

/** Draw the field for its type. */
export function FieldView({ field, value, fault, changed }: { field: Field; value: string; fault: string; changed: (text: string) => void }) {
  const id = useId();
  const about = {
    id,
    name: field.name,
    value,
    "aria-required": field.required,
    "aria-invalid": fault !== "",
    "aria-describedby": `${id}-fault`,
    onInput: (event: { currentTarget: { value: string } }) => { changed(event.currentTarget.value); },
  };
  const choices = choicesOf(field);
  return (
    <div class="field">
      <label for={id} dir="auto">
        {field.label}
        {!field.required && <span class="optional"> {WORDS.optional}</span>}
      </label>
      {choices && (
        <select {...about}>
          <option value="">{WORDS.choose}</option>
          {choices.map(([option, label]) => <option key={option} value={option}>{label}</option>)}
        </select>
      )}
      {!choices && field.type === "date" && <input {...about} type="date" />}
      {!choices && field.type !== "date" && (
        <input {...about} type="text" inputMode={KEYBOARDS[field.type] ?? "text"} dir="auto" maxLength={LONGEST_ANSWER} autocomplete={FILLED_BY[field.name] ?? "off"} />
      )}
      <p id={`${id}-fault`} class="fault" aria-live="polite">{fault}</p>
    </div>
  );
}

function choicesOf(field: Field): readonly (readonly [string, string])[] | null {
  if (field.type === "bool") return [["true", WORDS.yes], ["false", WORDS.no]];
  return field.options ? field.options.map((option) => [option, option]) : null;
}
