/** How a connector shows who it is: the kind, its fields, and under which names its secrets are kept. */
import type { Entry } from "../sites/form/draft.ts";
import { SecretField, SelectField, TextField } from "../sites/form/fields.tsx";
import { AUTH_KINDS, authFields, GRANTS, type AuthField, type AuthKind } from "./auth.ts";
import { isHidden, nameOf, secretFields } from "./draft.ts";
import type { Editing } from "./form.tsx";

const NOTHING: Entry = { text: "", stored: false };

/** Show the fields of the kind that is chosen. */
export function AuthFields(editing: Editing) {
  const { draft, reasons, change } = editing;
  const fields = authFields(draft.kind, draft.grant);
  return (
    <>
      <SelectField
        label="How it shows who it is"
        value={draft.kind}
        options={draft.kind === "other" ? [...AUTH_KINDS, ["other", "As its file says"]] : AUTH_KINDS}
        reason={reasons["auth.kind"] ?? ""}
        onChange={(kind) => {
          change({ kind: kind as AuthKind });
        }}
      />
      {draft.kind === "oauth2" && (
        <SelectField
          label="Grant"
          help="Tokens are fetched and renewed here; no function sees them."
          value={draft.grant}
          options={GRANTS}
          reason={reasons["auth.grant"] ?? ""}
          onChange={(grant) => {
            change({ grant });
          }}
        />
      )}
      {fields.map((field) => (
        <One key={field.name} field={field} {...editing} />
      ))}
    </>
  );
}

function One({ field, draft, reasons, change }: Editing & { field: AuthField }) {
  const reason = reasons[`auth.${field.name}`] ?? reasons[`secrets.${nameOf(draft, field.name)}`] ?? "";
  if (field.isSecret || isHidden(draft, field.name)) {
    return (
      <SecretField
        label={field.label}
        help={field.help ?? "Kept sealed and never shown again. It may be set later."}
        entry={draft.secrets[field.name] ?? NOTHING}
        required={!field.isOptional}
        reason={reason}
        onChange={(entry) => {
          change({ secrets: { ...draft.secrets, [field.name]: entry } });
        }}
      />
    );
  }
  return (
    <TextField
      label={field.label}
      help={field.help}
      value={draft.fields[field.name] ?? ""}
      reason={reason}
      {...(field.isList ? { rows: 2 } : {})}
      onChange={(text) => {
        change({ fields: { ...draft.fields, [field.name]: text } });
      }}
    />
  );
}

/** Under which names the secrets are kept, for those who share one among connectors. */
export function SecretNames({ draft, change }: Editing) {
  const fields = authFields(draft.kind, draft.grant);
  return (
    <>
      {secretFields(draft).map((name) => (
        <TextField
          key={name}
          label={`${fields.find((field) => field.name === name)?.label ?? name} is kept as`}
          help="A name in Secrets. Two connectors may use the same one."
          mono
          placeholder={nameOf(draft, name)}
          value={draft.names[name] ?? ""}
          onChange={(text) => {
            change({
              names: { ...draft.names, [name]: text.trim() },
              secrets: { ...draft.secrets, [name]: { text: draft.secrets[name]?.text ?? "", stored: false } },
            });
          }}
        />
      ))}
    </>
  );
}
