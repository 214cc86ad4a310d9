/** Small things that several pages about sites show. */
import type { Site } from "@callingcard/kit/api.ts";
import type { Problem } from "@callingcard/kit/request.ts";
import { CircleCheck, CircleDashed, TriangleAlert } from "lucide";
import type { IconNode } from "lucide";

import { Ago } from "../ui/ago.tsx";
import { Icon } from "../ui/icon.tsx";
import { PlaceProblem, PlaceWaiting, type Expected, type Place } from "../ui/waiting.tsx";
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

const PLACE: Place = {
  closed: "Sites are for owners and operators",
  missing: { title: "There is no such site", text: "It may have been deleted, or taken out of the settings file." },
};

/** What stands before, or in the place of, what is polled. */
export function Waiting(expected: Expected) {
  return <PlaceWaiting {...PLACE} {...expected} />;
}

/** Why there is nothing to see. */
export function SitesProblem(found: { problem: Problem; retry: () => void }) {
  return <PlaceProblem {...PLACE} {...found} />;
}
