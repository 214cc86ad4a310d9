/** The form beside the editor: what the function is given, on whose behalf, and Run. */
import type { TargetedSubmitEvent } from "preact";
import { useRef } from "preact/hooks";

import { TextField } from "../../sites/form/fields.tsx";
import { Payloads } from "./payloads.tsx";
import type { Runner } from "./runner.ts";
import { SchemaFields } from "./schema-fields.tsx";

/** Show the form of *runner*; *keys* are those that run from anywhere on the page. */
export function RunForm({ runner, keys }: { runner: Runner; keys: string }) {
  const form = useRef<HTMLFormElement>(null);
  const fields = runner.fields.value;
  const isRunning = runner.state.value.kind === "running";
  async function submit(event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    await runner.run();
    setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  }
  return (
    <aside class="run-side" aria-label="Run">
      <form class="run-form" ref={form} noValidate autocomplete="off" onSubmit={(event) => void submit(event)}>
        <div class="run-form-head">
          <h2 class="site-section-title">Run</h2>
          <Payloads runner={runner} />
        </div>
        {fields ? (
          <SchemaFields
            fields={fields}
            values={runner.values.value}
            reasons={runner.reasons.value}
            onChange={(values) => {
              runner.type(values);
            }}
          />
        ) : (
          <TextField
            label="Arguments"
            help="As JSON, by their names. They become fields once main says what it takes."
            rows={5}
            mono
            value={runner.text.value}
            reason={runner.reasons.value[""] ?? ""}
            onChange={(text) => {
              runner.text.value = text;
            }}
          />
        )}
        {fields?.length === 0 && <p class="help">main takes nothing.</p>}
        {runner.hasVisitor.value && <VisitorFields runner={runner} />}
        <button
          type="submit"
          class="button run-button"
          disabled={isRunning}
          aria-keyshortcuts="Control+Enter Meta+Enter"
        >
          {isRunning ? "Running" : "Run"} <kbd aria-hidden="true">{keys}</kbd>
        </button>
      </form>
    </aside>
  );
}

function VisitorFields({ runner }: { runner: Runner }) {
  const { visitor } = runner;
  const field = (name: keyof typeof visitor.value, label: string, help = "") => (
    <TextField
      label={label}
      help={help}
      value={visitor.value[name]}
      reason={runner.reasons.value[`visitor.${name}`] ?? ""}
      onChange={(text) => {
        visitor.value = { ...visitor.value, [name]: text };
      }}
    />
  );
  return (
    <fieldset class="key-fields run-visitor">
      <legend>As visitor</legend>
      {field("email", "E-mail", "Who the site would vouch for. Empty runs it without a visitor.")}
      <details class="more-fields">
        <summary>Name and user id</summary>
        <div class="form-group">
          {field("firstName", "First name")}
          {field("lastName", "Last name")}
          {field("userId", "User id")}
        </div>
      </details>
    </fieldset>
  );
}
