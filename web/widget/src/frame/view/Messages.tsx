/**
 * The log: greeting, messages, and what became of the visitor's own.
 *
 * Invariant: words of people are text nodes, never markup.
 */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Outgoing } from "@callingcard/kit/sync/outbox.ts";
import type { Room } from "../room.ts";
import { timeOf, WORDS } from "../words.ts";
import { linesOf, type Line } from "./lines.ts";

const NEAR_PX = 60;
const GREETING_MS = 300;

/** Draw the log and keep its end in view, unless the reader has gone up in it. */
export function Messages({ room }: { room: Room }) {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [behind, setBehind] = useState(false);
  const lines = linesOf(room.entries.value, room.letters.value, new Date());
  const last = lines.at(-1);
  const toEnd = () => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };

  useLayoutEffect(() => {
    if (atEnd.current || (last?.kind === "message" && last.letter?.state === "queued")) toEnd();
    else setBehind(true);
  }, [lines.length, last?.key]);
  useEffect(() => {
    // The view shrinks with the composer and the content grows with a delivery line.
    const watcher = new ResizeObserver(() => { if (atEnd.current) toEnd(); });
    for (const element of [box.current, content.current]) if (element) watcher.observe(element);
    return () => { watcher.disconnect(); };
  }, []);

  const scrolled = () => {
    const at = box.current;
    if (!at) return;
    atEnd.current = at.scrollHeight - at.scrollTop - at.clientHeight < NEAR_PX;
    if (atEnd.current) setBehind(false);
  };
  return (
    <div class="scroll">
      <div ref={box} class="log" role="log" aria-live="polite" aria-label={WORDS.log} tabIndex={0} onScroll={scrolled}>
        <div ref={content}>
          <Greeting room={room} />
          {lines.map((line) => <LineView key={line.key} line={line} room={room} />)}
        </div>
      </div>
      {behind && <button type="button" class="newer" onClick={toEnd}>{WORDS.newer}</button>}
    </div>
  );
}

/** The welcome of the chatflow; a general one when the desk takes longer than anyone should wait. */
function Greeting({ room }: { room: Room }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => { setLate(true); }, GREETING_MS);
    return () => { clearTimeout(timer); };
  }, []);
  const session = room.session.value;
  if (!session && !late) return null;
  return (
    <div class="message theirs greeting">
      <p class="bubble" dir="auto">{session?.chatflow.welcome ?? WORDS.greeting}</p>
    </div>
  );
}

function LineView({ line, room }: { line: Line; room: Room }) {
  if (line.kind !== "message") return <p class={line.kind} dir="auto">{line.text}</p>;
  const { mine, author, at, text, letter } = line;
  const failed = letter?.state === "failed";
  return (
    <div class={`message ${mine ? "mine" : "theirs"}${failed ? " failed" : ""}${author === null ? " follows" : ""}`}>
      {author !== null && (
        <p class="author">
          <span class={mine ? "heard" : "name"} dir="auto">{author}</span>
          <time dateTime={at}>{timeOf(at)}</time>
        </p>
      )}
      <p class="bubble" dir="auto">{text}</p>
      {letter !== null && <Delivery letter={letter} room={room} />}
      {line.delivered && <p class="delivery">{WORDS.sent}</p>}
    </div>
  );
}

function Delivery({ letter, room }: { letter: Outgoing; room: Room }) {
  const { state, reason, id } = letter;
  if (state === "sent") return <p class="delivery">{WORDS.sent}</p>;
  if (state === "queued" || state === "sending") return <p class="delivery">{WORDS.sending}</p>;
  return (
    <p class="delivery">
      {state === "failed" ? `${WORDS.failed} ${reason ?? ""}` : WORDS.waiting}
      <button type="button" class="retry" onClick={() => { room.retry(id); }}>{WORDS.retry}</button>
    </p>
  );
}
