/** The form of a connector: where it is, how it shows who it is, and what may be called. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";

import { useSending, type Reasons } from "../forms/sending.ts";
import { useUnsaved } from "../forms/unsaved.ts";
import { address, navigate } from "../router.ts";
import { More, TextField } from "../sites/form/fields.tsx";
import { sentences } from "../sites/words.ts";
import { hasAddress } from "./auth.ts";
import { AuthFields, SecretNames } from "./auth-fields.tsx";
import { putConnector, type Definition } from "./connectors.ts";
import { DocumentField } from "./document-field.tsx";
import { draftReasons, givenOf, type Draft } from "./draft.ts";

/** What the parts of the form are given. */
export interface Editing {
  draft: Draft;
  reasons: Reasons;
  change: (changes: Partial<Draft>) => void;
}

interface Given {
  first: Draft;
  /** What of the definition has no field goes back as it is here. */
  base: Definition;
  taken: readonly string[];
  isNew?: boolean;
  isBuiltIn: boolean;
}

/** Set a connector up, beginning with *first*. */
export function ConnectorForm({ first, base, taken, isNew = false, isBuiltIn }: Given) {
  const draft = useSignal(first);
  const changed = useSignal(false);
  const { isBusy, problem, reasons, form, send } = useSending();
  const isChanged = useUnsaved(() => changed.value);

  async function save(): Promise<void> {
    await putConnector(draft.value.name, givenOf(draft.value, base));
    changed.value = false;
    navigate(address("connectors", draft.value.name));
  }

  const editing: Editing = {
    draft: draft.value,
    reasons,
    change: (changes) => {
      draft.value = { ...draft.value, ...changes };
      changed.value = true;
    },
  };
  return (
    <form
      class="form site-form connector-form"
      ref={form}
      noValidate
      autocomplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        void send(draftReasons(draft.value, taken), save);
      }}
    >
      <Where {...editing} isNew={isNew} isBuiltIn={isBuiltIn} />
      <AuthFields {...editing} />
      {!isBuiltIn && hasAddress(draft.value.kind) && (
        <DocumentField
          label={isNew ? "OpenAPI document" : "Another OpenAPI document"}
          help={
            isNew
              ? "Optional, version 3 in JSON. Its operations become methods with types, as in my_shop.list_orders()."
              : "Empty keeps the one there is. To see first what a newer one changes, use Compare on the connector’s page."
          }
          value={draft.value.document}
          reason={reasons["openapi"] ?? ""}
          onChange={(document) => {
            editing.change({ document });
          }}
        />
      )}
      <Rare {...editing} />
      <div class="save-bar" data-changed={isChanged}>
        {problem && <Said problem={problem} reasons={reasons} />}
        <Save isNew={isNew} isChanged={isChanged} isBusy={isBusy} />
      </div>
    </form>
  );
}

function Where({ draft, reasons, change, isNew, isBuiltIn }: Editing & { isNew: boolean; isBuiltIn: boolean }) {
  return (
    <>
      {isNew && !isBuiltIn && (
        <TextField
          label="Name"
          help="As functions write it: my_shop in from connectors import my_shop. It cannot be changed later."
          value={draft.name}
          reason={reasons["name"] ?? ""}
          onChange={(name) => {
            change({ name: name.trim() });
          }}
        />
      )}
      {!isBuiltIn && (
        <TextField
          label="Title"
          help="What people call the service."
          value={draft.title}
          reason={reasons["title"] ?? ""}
          onChange={(title) => {
            change({ title });
          }}
        />
      )}
      {hasAddress(draft.kind) && <Address draft={draft} reasons={reasons} change={change} />}
    </>
  );
}

function Address({ draft, reasons, change }: Editing) {
  return (
    <>
      <TextField
        label="Address"
        help="What every path is put behind, such as https://api.shop.example/v2."
        value={draft.baseUrl}
        reason={reasons["base_url"] ?? ""}
        onChange={(baseUrl) => {
          change({ baseUrl });
        }}
      />
      <label class="choice">
        <input
          type="checkbox"
          checked={draft.isPrivate}
          onChange={(event) => {
            change({ isPrivate: event.currentTarget.checked });
          }}
        />
        <span>
          <span class="choice-name">It is in our own network</span>
          <span class="help">Lets it be at a private address, which is refused otherwise so that nobody reaches in from outside.</span>
        </span>
      </label>
    </>
  );
}

function Save({ isNew, isChanged, isBusy }: { isNew: boolean; isChanged: boolean; isBusy: boolean }) {
  const canSave = isNew || isChanged;
  return (
    <>
      <button type="submit" class="button button-primary" disabled={isBusy || !canSave}>
        {isBusy ? "Saving" : isNew ? "Add connector" : "Save"}
      </button>
      <span class="text-muted text-sm">{canSave ? "It counts at once." : "Nothing changed."}</span>
    </>
  );
}

const LIMITS = ["allow", "timeout", "check"];

/** What is seldom changed. */
function Rare(editing: Editing) {
  const { draft, reasons } = editing;
  return (
    <More
      isTelling={draft.allow !== "" || draft.timeout !== ""}
      isWrong={Object.keys(reasons).some((name) => LIMITS.includes(name))}
    >
      {draft.kind !== "hmac" && <Limits {...editing} />}
      <SecretNames {...editing} />
    </More>
  );
}

function Limits({ draft, reasons, change }: Editing) {
  return (
    <>
      <TextField
        label="Allowed calls"
        help="Names of operations, or a method and a path such as GET /orders/*, one a line. Empty allows everything."
        rows={3}
        mono
        value={draft.allow}
        reason={reasons["allow"] ?? ""}
        onChange={(allow) => {
          change({ allow });
        }}
      />
      <TextField
        label="Time for a call"
        help="Such as 8s; at most 60s."
        placeholder="10s"
        value={draft.timeout}
        reason={reasons["timeout"] ?? ""}
        onChange={(timeout) => {
          change({ timeout });
        }}
      />
      <TextField
        label="How to check it"
        help="A path to GET, such as /me, or an operation that needs no arguments."
        value={draft.check}
        reason={reasons["check"] ?? ""}
        onChange={(check) => {
          change({ check });
        }}
      />
    </>
  );
}

const PLACED = new Set(["name", "title", "base_url", "openapi", "auth.kind", ...LIMITS]);

/** Why the server refused, with what was said about fields that are not in the form. */
function Said({ problem, reasons }: { problem: Problem; reasons: Reasons }) {
  const unplaced = Object.entries(reasons).filter(([name]) => !PLACED.has(name) && !name.startsWith("auth."));
  return (
    <div class="form-error" role="alert">
      {sentences(problem.message, problem.hint)} <code>{problem.code}</code>
      {unplaced.map(([name, reason]) => (
        <p key={name}>
          {name}: {reason}
        </p>
      ))}
    </div>
  );
}
