/** A note for colleagues; nobody else is told of it, not even that somebody types. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

import { problemFrom } from "../../ui/states.tsx";
import { draftOf, keepDraft } from "../sending.ts";
import { addNote } from "../store.ts";
import { WritingField } from "./field.tsx";

const LONGEST = 10_000;

/** Write a note about conversation *id*. */
export function NoteForm({ id, isFocused }: { id: string; isFocused: boolean }) {
  const draft = `note:${id}`;
  const text = useSignal(draftOf(draft));
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const noteId = useRef(crypto.randomUUID());
  const change = (words: string): void => {
    text.value = words;
    keepDraft(draft, words);
  };
  async function submit(): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    try {
      await addNote(id, noteId.current, text.value.trim());
      noteId.current = crypto.randomUUID();
      change("");
    } catch (error) {
      problem.value = problemFrom(error); // the words stay, and the next try is the same note
    } finally {
      busy.value = false;
    }
  }
  return (
    <>
      <WritingField
        label="Write an internal note"
        placeholder="Only your team sees this"
        text={text.value}
        longest={LONGEST}
        isFocused={isFocused}
        change={change}
        submit={() => void submit()}
      >
        {(isSendable) => (
          <button type="submit" class="button" disabled={!isSendable || busy.value}>
            {busy.value ? "Adding" : "Add note"}
          </button>
        )}
      </WritingField>
      {problem.value && (
        <p class="form-error writing-problem" role="alert">
          Not added. {problem.value.message} {problem.value.hint}
        </p>
      )}
    </>
  );
}
