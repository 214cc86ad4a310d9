/** The fields of a form made from a schema. */
import { useId } from "preact/hooks";

import { SelectField, TextField } from "../../sites/form/fields.tsx";
import type { Field, Values } from "./schema.ts";

interface Given {
  fields: readonly Field[];
  values: Values;
  reasons: Readonly<Record<string, string>>;
  /** Where these fields are, such as "address.", or "". */
  path?: string;
  onChange: (values: Values) => void;
}

/** Show *fields* with *values* in them. */
export function SchemaFields({ fields, values, reasons, path = "", onChange }: Given) {
  return (
    <>
      {fields.map((field) => {
        const value = values[field.name];
        const change = (next: string | Values): void => {
          onChange({ ...values, [field.name]: next });
        };
        if (field.kind === "group") {
          return (
            <fieldset class="key-fields" key={field.name}>
              <legend>{field.name}</legend>
              <SchemaFields
                fields={field.fields}
                values={typeof value === "object" ? value : {}}
                reasons={reasons}
                path={`${path}${field.name}.`}
                onChange={change}
              />
            </fieldset>
          );
        }
        const reason = reasons[path + field.name] ?? "";
        return <One key={field.name} field={field} value={typeof value === "string" ? value : ""} {...{ reason, change }} />;
      })}
    </>
  );
}

interface OneGiven {
  field: Field;
  value: string;
  reason: string;
  change: (text: string) => void;
}

function One({ field, value, reason, change }: OneGiven) {
  if (field.kind === "boolean") return <YesOrNo {...{ field, value, reason, change }} />;
  if (field.kind === "choice") {
    const options = field.options.map((option): [string, string] => [option, option.replace(/^"(.*)"$/s, "$1")]);
    const isOptional = !field.isRequired || field.isNullable;
    return (
      <SelectField
        label={field.name}
        help={field.help}
        value={value}
        options={isOptional ? [["", nothing(field)], ...options] : options}
        reason={reason}
        onChange={change}
      />
    );
  }
  const lines = field.kind === "list" || field.kind === "json";
  return (
    <TextField
      label={field.name}
      help={helpOf(field)}
      value={value}
      reason={reason}
      mono={lines}
      {...(lines ? { rows: 3 } : {})}
      placeholder={placeholderOf(field)}
      onChange={change}
    />
  );
}

function YesOrNo({ field, value, reason, change }: OneGiven) {
  const id = useId();
  if (value === "" || field.isNullable) {
    const options: [string, string][] = [["", nothing(field)], ["true", "True"], ["false", "False"]];
    return <SelectField label={field.name} help={field.help} value={value} options={options} reason={reason} onChange={change} />;
  }
  return (
    <label class="choice" for={id}>
      <input
        id={id}
        type="checkbox"
        checked={value === "true"}
        onChange={(event) => {
          change(String(event.currentTarget.checked));
        }}
      />
      <span>
        <span class="choice-name">{field.name}</span>
        <span class="help">{field.help}</span>
      </span>
    </label>
  );
}

function nothing(field: Field): string {
  if (field.fallback !== undefined && field.fallback !== null) return `Not given (${JSON.stringify(field.fallback)})`;
  return field.isRequired ? "None" : "Not given";
}

function helpOf(field: Field): string {
  const how = field.kind === "list" ? "One a line." : field.kind === "json" ? "As JSON." : "";
  return [field.help, how].filter(Boolean).join(" ");
}

function placeholderOf(field: Field): string {
  if (field.fallback === undefined || field.fallback === null) return field.isNullable ? "None" : "";
  if (Array.isArray(field.fallback) && field.kind === "list") return field.fallback.map(String).join("\n");
  return typeof field.fallback === "string" ? field.fallback : JSON.stringify(field.fallback);
}
