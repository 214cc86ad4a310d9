/** Whether what is written is kept, and whether it is what runs. */
import { clock } from "../../ui/time.ts";
import type { DraftState } from "./drafts.ts";
import type { Writing } from "./writing.ts";

/** Say it in a few words, beside the button that deploys. */
export function SaveState({ writing }: { writing: Writing }) {
  const state = writing.drafts.state.value;
  return (
    <span class="save-state" role="status" data-kind={state.kind}>
      {draftWords(state, writing.live.value)}
      {state.kind === "failed" && (
        <button type="button" class="text-button" onClick={() => void writing.drafts.flush()}>
          Save again
        </button>
      )}
    </span>
  );
}

/** How the draft stands, in words; *live* is the number of the version that runs. */
export function draftWords(state: DraftState, live: number | null): string {
  switch (state.kind) {
    case "unsaved":
      return "Not saved yet";
    case "saving":
      return "Saving";
    case "saved":
      return `Draft saved ${clock(new Date(state.at))}`;
    case "failed":
      return `Not saved: ${state.problem.message}`;
    case "clean":
      return live === null ? "Not deployed" : `Version ${live} is live`;
  }
}
