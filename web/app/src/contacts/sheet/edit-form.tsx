/** Changes a contact's properties, each by a control that fits its type. */
import { useSignal } from "@preact/signals";

import { DialogForm } from "../../forms/dialog-form.tsx";
import { colleagues } from "../../inbox/house.ts";
import { Field, SelectField, TextField } from "../../sites/form/fields.tsx";
import { changeContact } from "../calls.ts";
import type { ContactDetail, Property } from "../types.ts";
import { changesIn, otherProperties, shownProperties, withOption, type Values } from "./values.ts";

const OWNER = "hubspot_owner_id";

/** Show the form for *contact*; *done* is called when what was changed is kept, or given up. */
export function EditForm(props: { contact: ContactDetail; known: readonly Property[]; done: (isChanged: boolean) => void }) {
  const { contact, known, done } = props;
  const before: Values = contact.properties;
  const values = useSignal<Values>(before);
  const added = useSignal<readonly string[]>([]);
  const shown = shownProperties(known, before, added.value);
  const others = otherProperties(known, shown);
  async function save(): Promise<void> {
    const changes = changesIn(before, values.value);
    if (Object.keys(changes).length > 0) await changeContact(contact.id, changes);
    done(Object.keys(changes).length > 0);
  }
  return (
    <DialogForm
      label="Save"
      busyLabel="Saving"
      check={() => ({})}
      save={save}
      cancel={() => {
        done(false);
      }}
    >
      {(reasons) => (
        <>
          {shown.map((one) => (
            <PropertyField
              key={one.name}
              property={one}
              value={values.value[one.name] ?? ""}
              reason={reasons[one.name] ?? ""}
              onChange={(value) => {
                values.value = { ...values.value, [one.name]: value };
              }}
            />
          ))}
          {others.length > 0 && (
            <SelectField
              key={added.value.length}
              label="Another property"
              value=""
              options={[["", "Choose one to fill in"], ...others.map((one): [string, string] => [one.name, one.label])]}
              onChange={(name) => {
                if (name) added.value = [...added.value, name];
              }}
            />
          )}
        </>
      )}
    </DialogForm>
  );
}

function PropertyField(props: { property: Property; value: string; reason: string; onChange: (value: string) => void }) {
  const { property, value, reason, onChange } = props;
  const { label } = property;
  if (property.many) return <SeveralField {...props} />;
  const choices = choicesOf(property);
  if (choices) {
    const options: (readonly [string, string])[] = [["", "Not set"], ...choices];
    return <SelectField label={label} value={value} options={options} reason={reason} onChange={onChange} />;
  }
  const help = HELP[property.type];
  return <TextField label={label} {...(help ? { help } : {})} value={value} reason={reason} onChange={onChange} />;
}

/** The values there are to choose from, or null when any may be written. */
function choicesOf(property: Property): (readonly [string, string])[] | null {
  if (property.name === OWNER) return colleagues.value.agents.map((one) => [one.id, one.name] as const);
  if (property.type === "bool") return [["true", "Yes"], ["false", "No"]];
  return property.options.length > 0 ? property.options.map((one) => [one.value, one.label] as const) : null;
}

const HELP: Partial<Record<Property["type"], string>> = {
  number: "A number, such as 12 or 0.5.",
  date: "A day, such as 2026-11-21.",
  datetime: "A time in UTC, such as 2026-11-21T14:00:00Z.",
};

function SeveralField(props: { property: Property; value: string; reason: string; onChange: (value: string) => void }) {
  const { property, value, reason, onChange } = props;
  const chosen = value.split(";");
  return (
    <Field label={property.label} reason={reason}>
      {(ties) => (
        <div {...ties} role="group" aria-label={property.label} class="several">
          {property.options.map((one) => (
            <label key={one.value}>
              <input
                type="checkbox"
                checked={chosen.includes(one.value)}
                onChange={(event) => {
                  onChange(withOption(value, one.value, event.currentTarget.checked));
                }}
              />{" "}
              {one.label}
            </label>
          ))}
        </div>
      )}
    </Field>
  );
}
