/**
 * Where agents write: an answer to the visitor, or a note for colleagues.
 *
 * Invariant: the two have drafts of their own, so that switching never turns a note into
 * an answer.
 */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

import { Answer } from "./answer.tsx";
import { NoteForm } from "./note-form.tsx";

type Mode = "answer" | "note";

/** Write to *name* in conversation *id*; a closed one takes notes, and no answers. */
export function Composer({ id, name, isClosed }: { id: string; name: string; isClosed: boolean }) {
  const mode = useSignal<Mode>(isClosed ? "note" : "answer");
  const shown: Mode = isClosed ? "note" : mode.value;
  // Who chooses with the arrow keys goes on choosing; a click asks for the field.
  const takesFocus = useRef(!isClosed);
  const chosen = (value: Mode, byPointer: boolean): void => {
    takesFocus.current = byPointer;
    mode.value = value;
  };
  return (
    <div class="writing" data-mode={shown}>
      {isClosed ? (
        <p class="thread-closed">This conversation is closed. Reopen it to answer.</p>
      ) : (
        <div class="writing-modes" role="radiogroup" aria-label="What to write">
          <Choice name={id} value="answer" label="Answer" mode={shown} chosen={chosen} />
          <Choice name={id} value="note" label="Internal note" mode={shown} chosen={chosen} />
        </div>
      )}
      {shown === "answer" ? (
        <Answer id={id} name={name} isFocused={takesFocus.current} />
      ) : (
        <NoteForm id={id} isFocused={takesFocus.current} />
      )}
    </div>
  );
}

function Choice(props: {
  name: string;
  value: Mode;
  label: string;
  mode: Mode;
  chosen: (value: Mode, byPointer: boolean) => void;
}) {
  const { name, value, label, mode, chosen } = props;
  return (
    <label class="writing-mode">
      <input
        type="radio"
        name={`mode-${name}`}
        checked={mode === value}
        onClick={(event) => {
          chosen(value, event.detail > 0);
        }}
      />
      <span>{label}</span>
    </label>
  );
}
