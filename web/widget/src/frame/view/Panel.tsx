/** The open chat. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Room } from "../room.ts";
import { typingLine, WORDS } from "../words.ts";
import { Composer } from "./Composer.tsx";
import { Header } from "./Header.tsx";
import { Messages } from "./Messages.tsx";
import { Confirm } from "./screens/Confirm.tsx";
import { History } from "./screens/History.tsx";

const QUIET_MS = 2000;

/** Draw the panel; Esc closes it, and Tab stays in it when it fills the screen. */
export function Panel({ room }: { room: Room }) {
  const panel = useRef<HTMLDivElement>(null);
  const { inline } = room.look.value;
  const full = room.full.value && !inline;
  const screen = room.screen.value;
  const first = useRef(true);
  useEffect(() => {
    const unasked = first.current && inline && !room.look.value.focus;
    first.current = false;
    // On a small screen the keyboard would cover the greeting.
    if (screen === "chat" && !unasked) focusIn(panel.current, full);
  }, [screen]);
  const keyed = (event: KeyboardEvent) => {
    room.touch();
    if (event.key === "Escape" && !event.isComposing) leave(room);
    if (event.key === "Tab" && full && panel.current) keepInside(panel.current, event);
  };
  const className = inline ? "panel inline" : full ? "panel full" : "panel";
  const role = inline ? { role: "region" as const } : { role: "dialog" as const, "aria-modal": full };
  return (
    <div ref={panel} class={className} {...role} aria-label={room.session.value?.inbox.name ?? WORDS.panel} tabIndex={-1} onKeyDown={keyed} onPointerDown={() => { room.touch(); }}>
      <Header room={room} />
      {screen === "past" && <History room={room} />}
      {screen === "confirm" && <Confirm room={room} />}
      {screen === "chat" && <Chat room={room} answered={() => { focusIn(panel.current, full); }} />}
    </div>
  );
}

function Chat({ room, answered }: { room: Room; answered: () => void }) {
  return (
    <>
      <Messages room={room} answered={answered} />
      <State room={room} />
      {room.silenced.value ? <Silenced room={room} /> : <Composer room={room} />}
    </>
  );
}

/** Why nothing can be written, and what to do about it. */
function Silenced({ room }: { room: Room }) {
  const codes = room.session.value?.inbox.codes === true;
  return (
    <div class="silenced">
      <p>{codes ? WORDS.silencedCode : WORDS.silenced}</p>
      {codes && <button type="button" class="primary" onClick={() => { room.confirm(); }}>{WORDS.confirm}</button>}
    </div>
  );
}

/** The line below the log, always of one height: the connection is gone and stays gone, or who types. */
function State({ room }: { room: Room }) {
  const [cut, setCut] = useState(false);
  const waiting = room.link.value === "waiting";
  useEffect(() => {
    setCut(false);
    if (!waiting) return;
    const timer = setTimeout(() => { setCut(true); }, QUIET_MS);
    return () => { clearTimeout(timer); };
  }, [waiting]);
  const line = waiting && cut ? WORDS.reconnecting : typingLine(room.live.value.typing);
  return <p class="state" role="status" dir="auto">{line}</p>;
}

/** Esc goes one step back. */
function leave(room: Room): void {
  if (room.screen.value === "chat") room.show(false);
  else room.screen.value = "chat";
}

function focusIn(panel: HTMLElement | null, full: boolean): void {
  const field = full ? null : panel?.querySelector("textarea");
  (field ?? panel)?.focus({ preventScroll: true });
}

function keepInside(panel: HTMLElement, event: KeyboardEvent): void {
  const stops = [...panel.querySelectorAll<HTMLElement>("button:not(:disabled), textarea, input, select, [tabindex='0']")];
  const [first, last] = [stops[0], stops.at(-1)];
  const at = document.activeElement;
  const leaving = event.shiftKey ? at === first || at === panel : at === last;
  if (!leaving) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}
