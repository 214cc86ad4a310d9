/**
 * Sets a secret: a value goes in and is never seen again.
 *
 * Invariant: what is typed lives in this dialog alone and goes when the dialog does.
 */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import type { TargetedSubmitEvent } from "preact";
import { useId, useRef } from "preact/hooks";

import { SecretField, TextField } from "../sites/form/fields.tsx";
import { sentences } from "../sites/words.ts";
import { problemFrom } from "../ui/states.tsx";
import { setSecret } from "./secrets.ts";
import { secretReasons, valueOf } from "./words.ts";

/** A button that opens the dialog; without *name* it asks for one. */
export function SetSecret(props: { label: string; name?: string; onDone: () => void; look?: string }) {
  const { label, name, look = "button button-primary" } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const turn = useSignal(0);
  const id = useId();
  return (
    <>
      <button type="button" class={look} onClick={() => dialog.current?.showModal()}>
        {label}
        {name && <span class="sr-only"> {name}</span>}
      </button>
      <dialog
        class="panel dialog secret-dialog"
        ref={dialog}
        aria-labelledby={id}
        onClose={() => {
          turn.value += 1; // a new form: what was typed into the last one is gone
        }}
      >
        <h2 class="site-section-title" id={id}>
          {name ?? "Set a secret"}
        </h2>
        <SecretForm
          key={turn.value}
          label={name === undefined ? "Set" : label}
          name={name}
          close={(isDone) => {
            dialog.current?.close();
            if (isDone) props.onDone();
          }}
        />
      </dialog>
    </>
  );
}

function SecretForm({ label, name, close }: { label: string; name: string | undefined; close: (isDone: boolean) => void }) {
  const typed = useSignal(name ?? "");
  const value = useSignal("");
  const reasons = useSignal<Readonly<Record<string, string>>>({});
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const form = useRef<HTMLFormElement>(null);

  async function save(event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    problem.value = null;
    reasons.value = secretReasons(typed.value, value.value);
    if (Object.keys(reasons.value).length > 0) {
      setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    busy.value = true;
    try {
      await setSecret(typed.value, valueOf(value.value));
      close(true);
    } catch (error) {
      problem.value = problemFrom(error);
      reasons.value = problem.value.fields;
    } finally {
      busy.value = false;
    }
  }
  return (
    <form class="form-group" ref={form} noValidate autocomplete="off" onSubmit={(event) => void save(event)}>
      {name === undefined && (
        <TextField
          label="Name"
          help="Such as SHOP_KEY. A secret of this name is replaced."
          mono
          value={typed.value}
          reason={reasons.value["name"] ?? ""}
          onChange={(text) => {
            typed.value = text.trim().toUpperCase();
          }}
        />
      )}
      <SecretField
        label={name === undefined ? "Value" : "New value"}
        help="Kept sealed. Nobody sees it again, you neither."
        entry={{ text: value.value, stored: false }}
        required
        rows={3}
        reason={reasons.value["value"] ?? ""}
        onChange={(entry) => {
          value.value = entry.text;
        }}
      />
      {problem.value && (
        <p class="form-error" role="alert">
          {sentences(problem.value.message, problem.value.hint)} <code>{problem.value.code}</code>
        </p>
      )}
      <div class="dialog-buttons">
        <button
          type="button"
          class="button"
          onClick={() => {
            close(false);
          }}
        >
          Cancel
        </button>
        <button type="submit" class="button button-primary" disabled={busy.value}>
          {busy.value ? "Saving" : label}
        </button>
      </div>
    </form>
  );
}
