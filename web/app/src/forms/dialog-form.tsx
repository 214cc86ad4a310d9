/** A button that opens a form in a dialog; what was typed is gone with the dialog. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";

import { Refusal } from "./refusal.tsx";
import { useSending, type Reasons } from "./sending.ts";

/** What a form in the dialog is given. */
export interface InDialog {
  close: () => void;
}

/** The button *label*; *children* draws the form anew each time the dialog is opened. */
export function DialogButton(props: {
  label: string;
  title: string;
  /** Who the button is about, for those who do not see where it stands. */
  about?: string;
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
        {props.about && <span class="sr-only"> {props.about}</span>}
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
  check: () => Reasons;
  save: () => Promise<void>;
  cancel: () => void;
  children: (reasons: Reasons) => ComponentChildren;
}) {
  const { isBusy, problem, reasons, form, send } = useSending();
  return (
    <form
      class="form-group"
      ref={form}
      noValidate
      autocomplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        void send(props.check(), props.save);
      }}
    >
      {props.children(reasons)}
      <Refusal problem={problem} />
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={props.cancel}>
          Cancel
        </button>
        <button type="submit" class="button button-primary" disabled={isBusy}>
          {isBusy ? props.busyLabel : props.label}
        </button>
      </div>
    </form>
  );
}
