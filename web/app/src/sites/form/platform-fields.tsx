/** A platform's own arguments, as the platform declares them. */
import type { Platform } from "@callingcard/kit/api.ts";

import { kindOf, reasonFor, type Argument, type Entry } from "./draft.ts";
import { More, SecretField, TextField } from "./fields.tsx";
import type { Editing } from "./proof-fields.tsx";

const NOTHING: Entry = { text: "", stored: false };

/** What *platform* wants to know; what it knows by itself is folded away. */
export function PlatformFields({ platform, draft, reasons, change }: Editing & { platform: Platform }) {
  const isMain = (one: Argument): boolean => one.required || one.secret;
  const field = (argument: Argument) => (
    <ArgumentField
      key={argument.name}
      argument={argument}
      entry={draft.entries[argument.name] ?? NOTHING}
      reason={reasonFor(reasons, `settings.${argument.name}`)}
      onChange={(entry) => {
        change({ entries: { ...draft.entries, [argument.name]: entry } });
      }}
    />
  );
  const rest = platform.arguments.filter((one) => !isMain(one));
  const isTelling = rest.some(({ name }) => draft.entries[name]?.text || draft.entries[name]?.stored);
  const isWrong = rest.some(({ name }) => reasonFor(reasons, `settings.${name}`));
  return (
    <fieldset class="form-group">
      <legend class="sr-only">{platform.title}</legend>
      {reasons["settings"] && (
        <p class="form-error" role="alert">
          {reasons["settings"]}
        </p>
      )}
      {platform.arguments.filter(isMain).map(field)}
      {rest.length > 0 && (
        <More isTelling={isTelling} isWrong={isWrong}>
          {rest.map(field)}
        </More>
      )}
    </fieldset>
  );
}

function ArgumentField(props: {
  argument: Argument;
  entry: Entry;
  reason: string;
  onChange: (entry: Entry) => void;
}) {
  const { argument, entry, reason, onChange } = props;
  const kind = kindOf(argument, entry);
  if (kind === "secret") {
    const isPem = argument.name.endsWith("private_key");
    return (
      <SecretField
        label={argument.name}
        help={argument.help}
        entry={entry}
        required={argument.required}
        reason={reason}
        onChange={onChange}
        {...(isPem ? { rows: 4 } : {})}
      />
    );
  }
  return (
    <TextField
      label={argument.name}
      help={argument.help || usual(argument)}
      value={entry.text}
      reason={reason}
      mono={kind === "table"}
      onChange={(text) => {
        onChange({ ...entry, text });
      }}
      {...(kind === "table" || argument.name === "claims" ? { rows: 4 } : {})}
    />
  );
}

/** What counts when nothing is given. */
function usual({ default: value }: Argument): string {
  if (value === null || value === "") return "";
  return `If empty: ${typeof value === "string" ? value : JSON.stringify(value)}`;
}
