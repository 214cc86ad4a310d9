/** A comment that only agents see, and that looks it. */
import { Lock } from "lucide";

import { session } from "../../session/session.ts";
import { Icon } from "../../ui/icon.tsx";
import { clock, exact } from "../../ui/time.ts";
import type { Note } from "../types.ts";

/** Show *note*; the word, the lock and the colour each say that the visitor does not see it. */
export function NoteView({ note }: { note: Note }) {
  const isOwn = note.author.kind === "agent" && note.author.id === session.value?.agent.id;
  return (
    <article class="note" aria-label="Internal note">
      <p class="note-head">
        <Icon node={Lock} size={12} /> Internal note
        <span dir="auto">{isOwn ? "you" : note.author.name || "a colleague"}</span>
        <time dateTime={note.createdAt} title={exact(new Date(note.createdAt))}>
          {clock(new Date(note.createdAt))}
        </time>
      </p>
      <p class="note-text" dir="auto">
        {note.text}
      </p>
    </article>
  );
}
