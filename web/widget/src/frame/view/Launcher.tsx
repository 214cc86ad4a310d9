/** The round button that opens the panel. */

import type { Ref } from "preact";
import type { Room } from "../room.ts";
import { launcherLabel } from "../words.ts";

/** Draw the launcher with its unread count. */
export function Launcher({ room, button }: { room: Room; button: Ref<HTMLButtonElement> }) {
  const unread = room.unread.value;
  return (
    <button ref={button} type="button" class="launcher" aria-label={launcherLabel(unread)} aria-expanded="false" onClick={() => { room.show(true); }}>
      <svg viewBox="0 0 24 24" width="26" height="26" aria-hidden="true">
        <path d="M5.5 4.75h13a2 2 0 0 1 2 2v8.5a2 2 0 0 1-2 2h-6.2l-4.05 3.1v-3.1H5.5a2 2 0 0 1-2-2v-8.5a2 2 0 0 1 2-2z" />
        <path d="M7.75 9.25h8.5M7.75 12.75h5.5" />
      </svg>
      {unread > 0 && <span class="count" aria-hidden="true">{unread > 99 ? "99+" : unread}</span>}
    </button>
  );
}
