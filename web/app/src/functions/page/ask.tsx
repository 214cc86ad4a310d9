/** Asks before something that cannot be taken back, and says what goes wrong with it. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";

import { Refusal } from "../../forms/refusal.tsx";
import { problemFrom } from "../../ui/states.tsx";

/** A button that opens the question; *act* is done on its answer. */
export function Ask(props: {
  label: string;
  question: string;
  /** What comes of it. */
  children: ComponentChildren;
  act: () => Promise<void>;
  isDanger?: boolean;
  /** Who the button is about, for those who do not see its row. */
  about?: string;
  look?: string;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const id = useId();
  async function act(): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      await props.act();
      dialog.current?.close();
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <>
      <button type="button" class={props.look ?? "button"} onClick={() => dialog.current?.showModal()}>
        {props.label}
        {props.about && <span class="sr-only"> {props.about}</span>}
      </button>
      <dialog class="panel dialog" ref={dialog} aria-labelledby={id}>
        <h2 class="site-section-title" id={id}>
          {props.question}
        </h2>
        {props.children}
        <Refusal problem={problem.value} />
        <div class="dialog-buttons">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button
            type="button"
            class={`button ${props.isDanger ? "button-danger" : "button-primary"}`}
            disabled={busy.value}
            onClick={() => void act()}
          >
            {props.label}
          </button>
        </div>
      </dialog>
    </>
  );
}
