/** One conversation in a list: who it is with, what was said last, and what it waits for. */
import { Seal } from "@callingcard/kit/design/seal.tsx";

import { address } from "../../router.ts";
import { Ago, present } from "../../ui/ago.tsx";
import { brief, waiting } from "../../ui/time.ts";
import { nameOf } from "../feed.ts";
import { agentWords, reader, typists } from "../house.ts";
import { lineOf } from "../thread/words.ts";
import type { Conversation } from "../types.ts";

/** Show *one*; *line* stands in for the last thing said, where something else was looked for. */
export function Row({ one, current, line }: { one: Conversation; current: boolean; line?: string | undefined }) {
  const types = typists(one.id).some((sign) => sign.author.kind === "visitor");
  return (
    <a
      class="row"
      data-row={one.id}
      data-unread={one.unread > 0}
      href={address("inbox", one.id)}
      aria-current={current ? "true" : undefined}
    >
      <span class="row-name" dir="auto">
        {nameOf(one)}
      </span>
      <span class="row-time">
        <Ago at={one.updatedAt} words={brief} />
      </span>
      <span class="row-line" dir="auto" data-typing={types}>
        {types ? "Typing" : (line ?? lineOf(one.lastEntry))}
      </span>
      <span class="row-dot">{one.unread > 0 && <span class="sr-only">{one.unread} unread</span>}</span>
      <span class="row-foot">
        <Seal evidence={one.evidence} within="link" />
        <Whose one={one} />
        <Wait one={one} />
      </span>
    </a>
  );
}

/** Whose it is: the agent's, or else the team's. */
function Whose({ one }: { one: Conversation }) {
  const mine = one.assignedTo === reader.value.id;
  const words = one.assignedTo === null ? one.team : mine ? "You" : agentWords(one.assignedTo);
  return (
    <span class="row-whose" dir="auto">
      {words}
    </span>
  );
}

function Wait({ one }: { one: Conversation }) {
  if (one.status === "closed") return <span>Closed</span>;
  const wait = one.waitingSince === null ? "" : waiting(new Date(one.waitingSince), present.value);
  const urgent = one.priority === "urgent" || one.priority === "high";
  if (!wait && !urgent) return null;
  return (
    <span class="row-wait">
      {urgent && (one.priority === "urgent" ? "Urgent" : "High")}
      {urgent && wait && " · "}
      {wait && `Waiting ${wait}`}
    </span>
  );
}
