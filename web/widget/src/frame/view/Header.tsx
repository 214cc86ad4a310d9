/** The head of the panel: whose chat this is, who answers, and who we think you are. */

import type { Room } from "../room.ts";
import { sealLine, sealReason, WORDS } from "../words.ts";
import { Seal } from "./Seal.tsx";

/** Draw the head. */
export function Header({ room }: { room: Room }) {
  const session = room.session.value;
  return (
    <header>
      <div class="who">
        <h1 dir="auto">{session?.inbox.name ?? WORDS.panel}</h1>
        {session?.inbox.answeredBy && <p dir="auto">{session.inbox.answeredBy}</p>}
        {session && (
          <p class="sealline" title={sealReason(session)}>
            <Seal evidence={session.evidence} />
            <span dir="auto">{sealLine(session)}</span>
          </p>
        )}
      </div>
      <button type="button" class="plain close" aria-label={WORDS.close} onClick={() => { room.show(false); }}>
        <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path d="m6 6 12 12M18 6 6 18" /></svg>
      </button>
    </header>
  );
}
