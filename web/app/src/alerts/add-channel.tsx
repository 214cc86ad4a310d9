/**
 * Adds a channel by its URL.
 *
 * Invariant: the URL often holds a password; it lives in this dialog and goes with it.
 */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import type { TargetedSubmitEvent } from "preact";
import { useId, useRef } from "preact/hooks";

import { SecretField, TextField } from "../sites/form/fields.tsx";
import { sentences } from "../sites/words.ts";
import { problemFrom } from "../ui/states.tsx";
import { addChannel } from "./alerts.ts";
import { channelReasons } from "./words.ts";

/** A button that opens the form. */
export function AddChannel({ onDone }: { onDone: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const turn = useSignal(0);
  const id = useId();
  return (
    <>
      <button type="button" class="button" onClick={() => dialog.current?.showModal()}>
        Add channel
      </button>
      <dialog
        class="panel dialog"
        ref={dialog}
        aria-labelledby={id}
        onClose={() => {
          turn.value += 1; // a new form: what was typed into the last one is gone
        }}
      >
        <h2 class="site-section-title" id={id}>
          Add a channel
        </h2>
        <ChannelForm
          key={turn.value}
          close={(isDone) => {
            dialog.current?.close();
            if (isDone) onDone();
          }}
        />
      </dialog>
    </>
  );
}

function ChannelForm({ close }: { close: (isDone: boolean) => void }) {
  const name = useSignal("");
  const url = useSignal("");
  const reasons = useSignal<Readonly<Record<string, string>>>({});
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const form = useRef<HTMLFormElement>(null);
  async function save(event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    problem.value = null;
    reasons.value = channelReasons(name.value, url.value);
    if (Object.keys(reasons.value).length > 0) {
      setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    busy.value = true;
    try {
      await addChannel(name.value.trim(), url.value.trim());
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
      <TextField
        label="Name"
        help="What people call it, such as Operators."
        value={name.value}
        reason={reasons.value["name"] ?? ""}
        onChange={(text) => {
          name.value = text;
        }}
      />
      <SecretField
        label="URL"
        help={
          <>
            In the form of{" "}
            <a class="quiet-link" href="https://github.com/caronc/apprise/wiki#notification-services" target="_blank" rel="noreferrer">
              Apprise
            </a>
            , such as <code>discord://id/token</code> or <code>mailtos://user:password@host</code>. It is kept sealed and
            never shown again.
          </>
        }
        entry={{ text: url.value, stored: false }}
        required
        reason={reasons.value["url"] ?? ""}
        onChange={(entry) => {
          url.value = entry.text;
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
          {busy.value ? "Adding" : "Add channel"}
        </button>
      </div>
    </form>
  );
}
