/** The visitor's conversations, to go on in one of them or begin another. */

import { useEffect, useRef } from "preact/hooks";
import type { Thread } from "../../protocol.ts";
import type { Room } from "../../room.ts";
import { whenOf, WORDS } from "../../words.ts";

/** Draw the list; it is read anew each time it is looked at. */
export function History({ room }: { room: Room }) {
  const title = useRef<HTMLHeadingElement>(null);
  const threads = room.past.threads.value;
  const problem = room.past.problem.value;
  useEffect(() => {
    title.current?.focus();
    void room.past.read();
  }, []);
  return (
    <section class="screen" aria-labelledby="past">
      <h2 id="past" ref={title} tabIndex={-1}>{WORDS.past}</h2>
      <p class="fault" role="alert">{problem}</p>
      {problem !== "" && <p><button type="button" class="link" onClick={() => { void room.past.read(); }}>{WORDS.again}</button></p>}
      {threads === null && problem === "" && <p class="late">{WORDS.reading}</p>}
      {threads?.length === 0 && <p class="muted">{WORDS.noneYet}</p>}
      <ul class="threads">
        {threads?.map((thread) => <li key={thread.id}><Row thread={thread} choose={() => { choose(room, thread); }} /></li>)}
      </ul>
      {room.look.value.newThread && (
        <button type="button" class="primary" onClick={() => { void room.past.begin(); }}>{WORDS.begin}</button>
      )}
    </section>
  );
}

function choose(room: Room, thread: Thread): void {
  if (thread.id === room.session.peek()?.conversation?.id) room.screen.value = "chat";
  else void room.past.choose(thread.id);
}

function Row({ thread, choose }: { thread: Thread; choose: () => void }) {
  const { preview, status, state, unread, updatedAt } = thread;
  const about = state === "current" ? WORDS.current : status === "closed" ? WORDS.over : "";
  return (
    <button type="button" class="thread" onClick={choose}>
      <span class="preview" dir="auto">{preview}</span>
      <span class="about">
        <time dateTime={updatedAt}>{whenOf(updatedAt, new Date())}</time>
        {about && <span>{about}</span>}
        {unread > 0 && <span class="news">{unread} new</span>}
      </span>
    </button>
  );
}
