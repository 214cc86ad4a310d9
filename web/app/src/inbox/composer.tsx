/** Where an answer is written: grows to eight lines, Enter sends, Shift-Enter breaks. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { draftOf, keepDraft, outgoing, send } from "./sending.ts";

const LONGEST = 4000;

/** Write to *name* in conversation *id*; what is typed is kept when the reader looks elsewhere. */
export function Composer({ id, name }: { id: string; name: string }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(draftOf(id));
  const kept = draftOf(id);
  const letters = outgoing.value.get(id)?.length ?? 0;
  useLayoutEffect(() => {
    setText(draftOf(id)); // a message taken back has become the draft
  }, [id, letters, kept]);
  useLayoutEffect(() => {
    if (field.current) grow(field.current);
  }, [text]);
  useLayoutEffect(() => {
    // A touch screen would open its keyboard over the conversation.
    if (matchMedia("(hover: hover)").matches) field.current?.focus({ preventScroll: true });
  }, [id]);
  const change = (words: string): void => {
    setText(words);
    keepDraft(id, words);
  };
  const submit = (): void => {
    const words = text.trim();
    if (words === "" || words.length > LONGEST) return;
    send(id, words);
    change("");
  };
  const over = text.trim().length - LONGEST;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <textarea
        ref={field}
        class="composer-text"
        rows={1}
        dir="auto"
        aria-label={`Write to ${name}`}
        placeholder="Write an answer"
        value={text}
        onInput={(event) => {
          change(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          submit();
        }}
      />
      {over > 0 && (
        <p class="form-error" role="status">
          {over} characters too long
        </p>
      )}
      <button type="submit" class="button button-primary" disabled={text.trim() === "" || over > 0} title="Enter sends, Shift-Enter breaks the line">
        Send
      </button>
    </form>
  );
}

/** As tall as its words; the stylesheet stops it at eight lines. */
function grow(field: HTMLTextAreaElement): void {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
