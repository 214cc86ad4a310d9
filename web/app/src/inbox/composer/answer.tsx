/** An answer to the visitor; while it is written, they and colleagues see that somebody types. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { showSign } from "../house.ts";
import { draftOf, keepDraft, outgoing, send } from "../sending.ts";
import { WritingField } from "./field.tsx";

const LONGEST = 4000;
const TYPING_MS = 3_000; // the server believes it for six seconds

/** Write to *name* in conversation *id*; what is typed is kept when the reader looks elsewhere. */
export function Answer({ id, name, isFocused }: { id: string; name: string; isFocused: boolean }) {
  const [text, setText] = useState(draftOf(id));
  const typing = useTyping(id);
  const kept = draftOf(id);
  const letters = outgoing.value.get(id)?.length ?? 0;
  useLayoutEffect(() => {
    setText(draftOf(id)); // a message taken back has become the draft
  }, [id, letters, kept]);
  const change = (words: string): void => {
    setText(words);
    keepDraft(id, words);
    if (words.trim() === "") typing.stop();
    else typing.go();
  };
  const submit = (): void => {
    send(id, text.trim());
    change("");
  };
  return (
    <WritingField
      label={`Write to ${name}`}
      placeholder="Write an answer"
      text={text}
      longest={LONGEST}
      isFocused={isFocused}
      change={change}
      submit={submit}
      leave={typing.stop}
    >
      {(isSendable) => (
        <button
          type="submit"
          class="button button-primary"
          disabled={!isSendable}
          title="Enter sends, Shift-Enter breaks the line"
        >
          Send
        </button>
      )}
    </WritingField>
  );
}

/** Say that the agent types, not at every key, and that they stopped. */
function useTyping(id: string): { go: () => void; stop: () => void } {
  const told = useRef(0);
  const stop = (): void => {
    if (told.current === 0) return;
    told.current = 0;
    showSign(id, "typing", false);
  };
  const go = (): void => {
    if (Date.now() - told.current < TYPING_MS) return;
    told.current = Date.now();
    showSign(id, "typing");
  };
  useEffect(() => stop, [id]);
  return { go, stop };
}
