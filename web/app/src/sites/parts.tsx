/** Small things that several pages about sites show. */
import type { Site } from "@callingcard/kit/api.ts";
import type { Problem } from "@callingcard/kit/request.ts";
import { CircleCheck, CircleDashed, TriangleAlert } from "lucide";
import type { IconNode } from "lucide";

import { Ago } from "../ui/ago.tsx";
import { Icon } from "../ui/icon.tsx";
import type { Polled } from "../ui/poll.ts";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";
import { relative } from "../ui/time.ts";
import { HEALTH, SOURCE } from "./words.ts";

const MARKS: Readonly<Record<Site["health"]["state"], IconNode>> = {
  ok: CircleCheck,
  trouble: TriangleAlert,
  unknown: CircleDashed,
};

/** How a site is and since when: a shape, a word, and a colour that agrees with both. */
export function HealthMark({ health }: { health: Site["health"] }) {
  return (
    <span class="health" data-state={health.state}>
      <Icon node={MARKS[health.state]} size={16} />
      <span>{HEALTH[health.state]}</span>
      {health.since && (
        <span class="health-since">
          <Ago at={health.since} words={relative} />
        </span>
      )}
    </span>
  );
}

/** Where a site's settings are. */
export function SourceBadge({ source }: { source: Site["source"] }) {
  return (
    <span class="badge" data-source={source}>
      {SOURCE[source]}
    </span>
  );
}

/** Why there is nothing to see; somebody without the role is told who has it. */
export function SitesProblem({ problem, retry }: { problem: Problem; retry: () => void }) {
  if (problem.status === 403) {
    return <Empty title="Sites are for owners and operators" text="Ask one of them to look, or to change your role." />;
  }
  if (problem.status === 404) {
    return <Empty title="There is no such site" text="It may have been deleted, or taken out of the settings file." />;
  }
  return <Failure problem={problem} retry={retry} />;
}

/** What stands before, or in the place of, what is *polled*: nothing, a note, a problem, or grey lines. */
export function Waiting({ polled, shape }: { polled: Polled<unknown>; shape: "table" | "text" }) {
  const { value, problem, again } = polled;
  if (problem) return value === null ? <SitesProblem problem={problem} retry={again} /> : <Stale {...{ problem, again }} />;
  return value === null ? <Skeleton rows={6} shape={shape} /> : null;
}

/** Says that what is shown is not the newest, and why. */
function Stale({ problem, again }: { problem: Problem; again: () => void }) {
  return (
    <p class="notice" data-tone="warning" role="status">
      This may be out of date. {problem.message}{" "}
      <button type="button" class="text-button" onClick={again}>
        Try again
      </button>
    </p>
  );
}
