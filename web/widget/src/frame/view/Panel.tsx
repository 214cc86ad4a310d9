/** The open chat. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Room } from "../room.ts";
import { WORDS } from "../words.ts";
import { Composer } from "./Composer.tsx";
import { Header } from "./Header.tsx";
import { Messages } from "./Messages.tsx";

const QUIET_MS = 2000;

/** Draw the panel; Esc closes it, and Tab stays in it when it fills the screen. */
export function Panel({ room }: { room: Room }) {
  const panel = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const full = room.full.value;
  useEffect(() => {
    // On a small screen the keyboard would cover the greeting.
    (room.full.value ? panel.current : field.current)?.focus();
  }, []);
  const keyed = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !event.isComposing) room.show(false);
    if (event.key === "Tab" && full && panel.current) keepInside(panel.current, event);
  };
  return (
    <div ref={panel} class={full ? "panel full" : "panel"} role="dialog" aria-modal={full} aria-label={room.session.value?.inbox.name ?? WORDS.panel} tabIndex={-1} onKeyDown={keyed}>
      <Header room={room} />
      <Messages room={room} />
      <Link room={room} />
      <Composer room={room} field={field} />
    </div>
  );
}

/** The line that says the connection is gone, when it stays gone. */
function Link({ room }: { room: Room }) {
  const [shown, setShown] = useState(false);
  const waiting = room.link.value === "waiting";
  useEffect(() => {
    setShown(false);
    if (!waiting) return;
    const timer = setTimeout(() => { setShown(true); }, QUIET_MS);
    return () => { clearTimeout(timer); };
  }, [waiting]);
  return <p class="link" role="status">{waiting && shown ? WORDS.reconnecting : ""}</p>;
}

function keepInside(panel: HTMLElement, event: KeyboardEvent): void {
  const stops = [...panel.querySelectorAll<HTMLElement>("button:not(:disabled), textarea, [tabindex='0']")];
  const [first, last] = [stops[0], stops.at(-1)];
  const at = document.activeElement;
  const leaving = event.shiftKey ? at === first || at === panel : at === last;
  if (!leaving) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}
