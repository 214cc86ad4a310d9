/**
 * The log: greeting, messages, and what became of the visitor's own.
 *
 * Invariant: words of people are text nodes, never markup.
 */

import { Fragment } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Outgoing } from "@callingcard/kit/sync/outbox.ts";
import type { Asked } from "../asking/asked.ts";
import type { Option, Say } from "../protocol.ts";
import type { Room } from "../room.ts";
import { queueLine, timeOf, WORDS } from "../words.ts";
import { Choices } from "./answering/Choices.tsx";
import { FormCard } from "./answering/FormCard.tsx";
import { inOrder, linesOf, type Line } from "./lines.ts";

const NEAR_PX = 60;
const GREETING_MS = 300;

/** Draw the log and keep its end in view, unless the reader has gone up in it. */
export function Messages({ room, answered }: { room: Room; answered: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [behind, setBehind] = useState(false);
  const said = inOrder(room.merged.entries.value, room.entries.value);
  const lines = linesOf(useGreeting(room), said, room.letters.value, new Date());
  const asked = room.asked.value;
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
          {lines.map((line) => (
            <Fragment key={line.key}>
              <LineView line={line} room={room} />
              {asked?.key === line.key && <Answering asked={asked} room={room} answered={answered} />}
            </Fragment>
          ))}
          <Waiting room={room} />
        </div>
      </div>
      {behind && <button type="button" class="newer" onClick={toEnd}>{WORDS.newer}</button>}
    </div>
  );
}

/** How the chat begins; a general greeting when the desk takes longer than anyone should wait. */
function useGreeting(room: Room): readonly Say[] {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => { setLate(true); }, GREETING_MS);
    return () => { clearTimeout(timer); };
  }, []);
  if (!room.session.value) return late ? [{ text: WORDS.greeting, data: null }] : [];
  // What was said in a conversation that began before is on its way.
  return room.begun.value && room.entries.value.length === 0 && !late ? [] : room.greeting.value;
}

/** What can be answered under the newest line. */
function Answering({ asked, room, answered }: { asked: Asked; room: Room; answered: () => void }) {
  const press = (option: Option) => {
    room.press(option);
    answered();
  };
  return (
    <div class="answering">
      {asked.options && asked.options.length > 0 && <Choices options={asked.options} press={press} />}
      {asked.form && <FormCard form={asked.form} room={room} sent={answered} />}
    </div>
  );
}

/** Where the visitor stands in the queue, or when somebody is back. */
function Waiting({ room }: { room: Room }) {
  const { queue } = room.live.value;
  // Who was answered waits no more, even when the conversation is nobody's yet.
  const answered = room.entries.value.findLast(({ type }) => type === "message")?.author.kind === "agent";
  const line = !queue || answered || room.closed.value ? "" : queueLine(queue, new Date());
  return line ? <p class="note queue">{line}</p> : null;
}

function LineView({ line, room }: { line: Line; room: Room }) {
  if (line.kind === "greeting") return <div class="message theirs greeting"><p class="bubble" dir="auto">{line.text}</p></div>;
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
