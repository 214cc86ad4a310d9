/** What stands where something is read: grey lines, a note that it is old, or why there is nothing. */
import type { Problem } from "@callingcard/kit/request.ts";

import type { Polled } from "./poll.ts";
import { Empty, Failure, Skeleton } from "./states.tsx";

const GONE = "It may have been deleted, or was called otherwise.";

/** What a place says to those who may not see it, and where there is nothing. */
export interface Place {
  /** Such as "Sites are for owners and operators". */
  closed: string;
  missing?: { title: string; text: string };
}

/** Why there is nothing to see; somebody without the role is told who has it. */
export function PlaceProblem({ closed, missing, problem, retry }: Place & { problem: Problem; retry: () => void }) {
  if (problem.status === 403) return <Empty title={closed} text="Ask one of them to look, or to change your role." />;
  if (problem.status === 404) return <Empty {...(missing ?? { title: "There is no such thing here", text: GONE })} />;
  return <Failure problem={problem} retry={retry} />;
}

/** What is expected, and in which shape it will come. */
export interface Expected {
  polled: Polled<unknown>;
  shape?: "table" | "text";
  rows?: number;
}

/** What stands before, or in the place of, what is *polled*: nothing, a note, a problem, or grey lines. */
export function PlaceWaiting({ polled, shape = "table", rows = 6, ...place }: Place & Expected) {
  const { value, problem, again } = polled;
  if (!problem) return value === null ? <Skeleton rows={rows} shape={shape} /> : null;
  if (value === null) return <PlaceProblem {...place} problem={problem} retry={again} />;
  return (
    <p class="notice" data-tone="warning" role="status">
      This may be out of date. {problem.message}{" "}
      <button type="button" class="text-button" onClick={again}>
        Try again
      </button>
    </p>
  );
}
