/** The head of the panel: whose chat this is, who answers, who we think you are, and where else to go. */

import { useId } from "preact/hooks";
import { proven } from "../person/visit.ts";
import type { Session } from "../protocol.ts";
import type { Room } from "../room.ts";
import { sealLine, sealReason, WORDS } from "../words.ts";
import { Icon } from "./Icon.tsx";
import { Seal } from "./Seal.tsx";

/** Draw the head. */
export function Header({ room }: { room: Room }) {
  const session = room.session.value;
  const chatting = room.screen.value === "chat";
  return (
    <header>
      {chatting ? <Past room={room} session={session} /> : (
        <button type="button" class="plain" aria-label={WORDS.back} onClick={() => { room.screen.value = "chat"; }}><Icon name="back" /></button>
      )}
      <div class="who">
        <h1 dir="auto">{session?.inbox.name ?? WORDS.panel}</h1>
        {session?.inbox.answeredBy && <p dir="auto">{session.inbox.answeredBy}</p>}
        {session && <Who room={room} session={session} />}
      </div>
      {!room.look.value.inline && (
        <button type="button" class="plain close" aria-label={WORDS.close} onClick={() => { room.show(false); }}><Icon name="close" /></button>
      )}
    </header>
  );
}

/** The way to the other conversations, for those who have others. */
function Past({ room, session }: { room: Room; session: Session | null }) {
  if (!session || !proven(session)) return null;
  return (
    <button type="button" class="plain" aria-label={WORDS.past} onClick={() => { room.screen.value = "past"; }}><Icon name="past" /></button>
  );
}

function Who({ room, session }: { room: Room; session: Session }) {
  const why = useId();
  const unproven = session.inbox.codes && !proven(session) && room.screen.value !== "confirm";
  return (
    <p class="sealline" title={sealReason(session)} aria-describedby={why}>
      <Seal evidence={session.evidence} />
      <span dir="auto">{sealLine(session)}</span>
      {unproven && <button type="button" class="link" onClick={() => { room.confirm(); }}>{WORDS.confirm}</button>}
      <span id={why} class="heard">{sealReason(session)}</span>
    </p>
  );
}
