/** A button that opens a form in a dialog; what was typed is gone with the dialog. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import type { ComponentChildren, TargetedSubmitEvent } from "preact";
import { useId, useRef } from "preact/hooks";

import { sentences } from "../sites/words.ts";
import { problemFrom } from "../ui/states.tsx";

type Reasons = Readonly<Record<string, string>>;

/** What a form in the dialog is given. */
export interface InDialog {
  close: () => void;
}

/** The button *label*; *children* draws the form anew each time the dialog is opened. */
export function DialogButton(props: {
  label: string;
  title: string;
  look?: string;
  disabled?: boolean;
  /** Called when the dialog is closed, however that was. */
  onClosed?: () => void;
  children: (given: InDialog) => ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const turn = useSignal(0);
  const id = useId();
  return (
    <>
      <button type="button" class={props.look ?? "button"} disabled={props.disabled} onClick={() => dialog.current?.showModal()}>
        {props.label}
      </button>
      <dialog
        class="panel dialog"
        ref={dialog}
        aria-labelledby={id}
        onClose={() => {
          turn.value += 1;
          props.onClosed?.();
        }}
      >
        <h2 class="site-section-title" id={id}>
          {props.title}
        </h2>
        <div class="form-group" key={turn.value}>
          {props.children({ close: () => dialog.current?.close() })}
        </div>
      </dialog>
    </>
  );
}

/** A form with its buttons: *check* says what is wrong before anything is sent, *save* sends it. */
export function DialogForm(props: {
  label: string;
  busyLabel: string;
  check: () => Record<string, string>;
  save: () => Promise<void>;
  cancel: () => void;
  children: (reasons: Reasons) => ComponentChildren;
}) {
  const reasons = useSignal<Reasons>({});
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const form = useRef<HTMLFormElement>(null);
  async function save(event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    problem.value = null;
    reasons.value = props.check();
    if (Object.keys(reasons.value).length === 0) {
      busy.value = true;
      try {
        await props.save();
        return;
      } catch (error) {
        problem.value = problemFrom(error);
        reasons.value = problem.value.fields;
      } finally {
        busy.value = false;
      }
    }
    setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  }
  return (
    <form class="form-group" ref={form} noValidate autocomplete="off" onSubmit={(event) => void save(event)}>
      {props.children(reasons.value)}
      {problem.value && (
        <p class="form-error" role="alert">
          {sentences(problem.value.message, problem.value.hint)} <code>{problem.value.code}</code>
        </p>
      )}
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={props.cancel}>
          Cancel
        </button>
        <button type="submit" class="button button-primary" disabled={busy.value}>
          {busy.value ? props.busyLabel : props.label}
        </button>
      </div>
    </form>
  );
}
