/** Where the visitor writes. */

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { LONGEST, type Room } from "../room.ts";
import { WORDS } from "../words.ts";
import { Icon } from "./Icon.tsx";

const TELL_FROM = LONGEST - 200;

/** Draw the field and its button; Enter sends, Shift and Enter begins a new line. */
export function Composer({ room }: { room: Room }) {
  const own = useRef<HTMLTextAreaElement>(null);
  const draft = room.draft.value;
  const length = draft.trim().length;
  useLayoutEffect(() => { grow(own.current); }, [draft]);
  useEffect(() => own.current ? growWithWidth(own.current) : undefined, []);
  const keyed = (event: KeyboardEvent) => {
    // While an input method composes a word, Enter belongs to it.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    room.send();
  };
  return (
    <form class="composer" onSubmit={(event) => { event.preventDefault(); room.send(); own.current?.focus(); }}>
      <textarea
        ref={own}
        rows={1}
        dir="auto"
        aria-label={WORDS.write}
        aria-describedby="limit"
        aria-invalid={length > LONGEST}
        placeholder={WORDS.write}
        value={draft}
        onInput={(event) => { room.write(event.currentTarget.value); }}
        onKeyDown={keyed}
      />
      <button type="submit" class="send" aria-label={WORDS.send} disabled={length === 0 || length > LONGEST}>
        <Icon name="send" />
      </button>
      <p id="limit" class={length > LONGEST ? "limit over" : "limit"} aria-live="polite">{limitText(length)}</p>
    </form>
  );
}

/** What to say about the length of a message; nothing while there is room. */
export function limitText(length: number): string {
  if (length <= TELL_FROM) return "";
  const left = LONGEST - length;
  return left >= 0 ? `${left} characters left` : `${-left} characters too long`;
}

/** Fit the height whenever the width changes: a panel that opens has none at first. */
function growWithWidth(field: HTMLTextAreaElement): () => void {
  let width = 0;
  const watcher = new ResizeObserver(() => {
    if (field.clientWidth === width) return; // its own growing
    width = field.clientWidth;
    grow(field);
  });
  watcher.observe(field);
  return () => { watcher.disconnect(); };
}

function grow(field: HTMLTextAreaElement | null): void {
  if (!field) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
