/** Merges the open conversation into another one of the same person: which, and what comes of it. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { Merge } from "lucide";
import { useEffect, useId, useRef } from "preact/hooks";

import { DialogForm } from "../../forms/dialog-form.tsx";
import { address, navigate } from "../../router.ts";
import { present } from "../../ui/ago.tsx";
import { Icon } from "../../ui/icon.tsx";
import { problemFrom } from "../../ui/states.tsx";
import { relative } from "../../ui/time.ts";
import { lineOf } from "../thread/words.ts";
import type { Conversation } from "../types.ts";
import { merge, readCandidates } from "./merging.ts";

const LABEL = "Merge into another conversation";

/** The button, and the dialog that it opens. */
export function MergeButton({ id }: { id: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = useSignal(false);
  const title = useId();
  const open = (): void => {
    isOpen.value = true;
    dialog.current?.showModal();
  };
  return (
    <>
      <button type="button" class="icon-button" aria-label={LABEL} title={LABEL} aria-haspopup="dialog" onClick={open}>
        <Icon node={Merge} />
      </button>
      <dialog class="panel dialog" ref={dialog} aria-labelledby={title} onClose={() => { isOpen.value = false; }}>
        <h2 class="site-section-title" id={title}>
          {LABEL}
        </h2>
        {isOpen.value && <MergeForm id={id} close={() => dialog.current?.close()} />}
      </dialog>
    </>
  );
}

function MergeForm({ id, close }: { id: string; close: () => void }) {
  const { found, problem } = useCandidates(id);
  const chosen = useSignal("");
  if (problem || !found || found.length === 0) {
    return (
      <div class="form-group">
        {problem ? (
          <p class="form-error" role="alert">
            {problem.message} {problem.hint}
          </p>
        ) : (
          <p class="text-muted" role="status">
            {found ? "This person has no other conversation in this inbox. If they have one under another address, merge the contacts first." : "Loading"}
          </p>
        )}
        <div class="dialog-buttons">
          <button type="button" class="button" onClick={close}>
            {found ? "Close" : "Cancel"}
          </button>
        </div>
      </div>
    );
  }
  async function save(): Promise<void> {
    const survivor = await merge(id, chosen.value);
    close();
    navigate(address("inbox", survivor));
  }
  return (
    <DialogForm
      label="Merge"
      busyLabel="Merging"
      check={() => (chosen.value ? {} : { into: "Choose the conversation in which it goes on." })}
      save={save}
      cancel={close}
    >
      {(reasons) => (
        <>
          <fieldset class="choices merge-choices">
            <legend>Go on in</legend>
            {found.map((one) => (
              <Choice key={one.id} one={one} isChosen={chosen.value === one.id} isWrong={"into" in reasons} choose={() => { chosen.value = one.id; }} />
            ))}
          </fieldset>
          {reasons["into"] && (
            <p class="form-error" role="alert">
              {reasons["into"]}
            </p>
          )}
          <ul class="merge-consequences">
            <li>This conversation will be closed. Its messages will be shown among those of the other one.</li>
            <li>What the visitor writes next is in the other one. If they wait here, they wait there.</li>
            <li>It can be undone.</li>
          </ul>
        </>
      )}
    </DialogForm>
  );
}

function Choice(props: { one: Conversation; isChosen: boolean; isWrong: boolean; choose: () => void }) {
  const { one, isChosen, isWrong, choose } = props;
  const state = one.status === "closed" ? "Closed" : "Open";
  return (
    <label class="choice">
      <input type="radio" name="into" checked={isChosen} aria-invalid={isWrong} onChange={choose} />
      <span>
        <span class="choice-name" dir="auto">
          {lineOf(one.lastEntry)}
        </span>
        <span class="help">
          {state} · {relative(new Date(one.updatedAt), present.value)}
        </span>
      </span>
    </label>
  );
}

function useCandidates(id: string): { found: readonly Conversation[] | null; problem: Problem | null } {
  const found = useSignal<readonly Conversation[] | null>(null);
  const problem = useSignal<Problem | null>(null);
  useEffect(() => {
    const life = new AbortController();
    readCandidates(id, life.signal).then(
      (candidates) => { found.value = candidates; },
      (error: unknown) => {
        if (!life.signal.aborted) problem.value = problemFrom(error);
      },
    );
    return () => { life.abort(); };
  }, [id]);
  return { found: found.value, problem: problem.value };
}
