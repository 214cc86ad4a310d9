/** What a merge leaves on the page: where a conversation goes on, and the way back. */
import { Ask } from "../../functions/page/ask.tsx";
import { address } from "../../router.ts";
import { present } from "../../ui/ago.tsx";
import { dayName } from "../../ui/time.ts";
import type { Conversation } from "../types.ts";
import { unmerge } from "./merging.ts";

/** The line above what was said in *one*, which goes on in the conversation on the page. */
export function MergedLine({ one }: { one: Conversation }) {
  const day = dayName(new Date(one.createdAt), present.value).replace(/^(Today|Yesterday)$/, (word) => word.toLowerCase());
  return (
    <div class="line-day line-merged">
      <span>
        Merged from a conversation of {day} · <Undo id={one.id} about={day} />
      </span>
    </div>
  );
}

/** In the place of the composer: *one* goes on elsewhere. */
export function GoesOn({ one }: { one: Conversation }) {
  return (
    <div class="thread-closed">
      This conversation was merged into another one, and goes on there.{" "}
      <a class="quiet-link" href={address("inbox", one.mergedInto ?? "")}>
        Open it
      </a>{" "}
      · <Undo id={one.id} />
    </div>
  );
}

function Undo({ id, about }: { id: string; about?: string }) {
  return (
    <Ask
      label="Undo"
      look="text-button"
      question="Let this conversation go on by itself again?"
      {...(about !== undefined && { about })}
      act={() => unmerge(id)}
    >
      <p>
        Both are as they were before the merge. If something happened in the other one since, it stays as it is now, and
        what was said there stays there.
      </p>
    </Ask>
  );
}
