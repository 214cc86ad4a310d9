/** Launcher or panel. */

import { useEffect, useRef } from "preact/hooks";
import type { Room } from "../room.ts";
import { Launcher } from "./Launcher.tsx";
import { Panel } from "./Panel.tsx";

/** Draw what is open; focus goes back to the launcher when the panel closes. */
export function App({ room }: { room: Room }) {
  const button = useRef<HTMLButtonElement>(null);
  const open = room.open.value;
  const was = useRef(open);
  useEffect(() => {
    if (was.current && !open) button.current?.focus();
    was.current = open;
  }, [open]);
  return open ? <Panel room={room} /> : <Launcher room={room} button={button} />;
}
