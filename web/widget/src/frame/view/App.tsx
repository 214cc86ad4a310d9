/** Launcher or panel. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Room } from "../room.ts";
import { Launcher } from "./Launcher.tsx";
import { Panel } from "./Panel.tsx";

const LATE_MS = 1000;

/** Draw what is open; focus goes back to the launcher when the panel closes. */
export function App({ room }: { room: Room }) {
  const button = useRef<HTMLButtonElement>(null);
  const open = room.open.value;
  const was = useRef(open);
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => { setLate(true); }, LATE_MS);
    return () => { clearTimeout(timer); };
  }, []);
  useEffect(() => {
    if (was.current && !open) button.current?.focus();
    was.current = open;
  }, [open]);
  if (open) return <Panel room={room} />;
  // Whether there is anything here is soon known; a launcher that goes again would only disturb.
  const known = room.session.value !== null || late;
  return known && !room.hidden.value ? <Launcher room={room} button={button} /> : null;
}
