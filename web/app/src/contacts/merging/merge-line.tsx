/** A merge in the timeline, and the way back while there is one. */
import { Ask } from "../../functions/page/ask.tsx";
import { byWords } from "../../audit/who.ts";
import { address } from "../../router.ts";
import { exact } from "../../ui/time.ts";
import { undoMerge } from "../calls.ts";
import type { Merge } from "../types.ts";

/** Say what became one, on the page of *contactId*. */
export function MergeLine(props: { merge: Merge; contactId: string; undone: () => void }) {
  const { merge, contactId, undone } = props;
  const by = byWords(merge.by);
  if (merge.survivorId !== contactId) {
    return (
      <>
        Merged into{" "}
        <a class="quiet-link" href={address("contacts", merge.survivorId)}>
          another contact
        </a>{" "}
        by {by}
      </>
    );
  }
  return (
    <div class="timeline-merge">
      <span>
        Contact {merge.otherId} was merged into this one by {by}
      </span>
      {merge.undoUntil !== null && (
        <Ask
          label="Undo merge"
          look="text-button"
          question="Make two contacts of this one again?"
          act={async () => {
            await undoMerge(merge.id);
            undone();
          }}
        >
          <p>
            Both are as they were before, and each gets its conversations, companies and deals back. What was changed here
            since stays here.
          </p>
          <p class="text-muted">Possible until {exact(new Date(merge.undoUntil))}.</p>
        </Ask>
      )}
    </div>
  );
}
