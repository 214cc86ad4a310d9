/** What the pages about chatflows and routing have in common: the way from one to the other. */
import type { ComponentChildren } from "preact";

import { Page } from "../frame/page.tsx";
import { Places } from "../functions/subnav.tsx";
import { isOfChatflows, route, type List, type Route } from "../router.ts";
import { PlaceProblem, PlaceWaiting, type Expected, type Place } from "../ui/waiting.tsx";
import type { Problem } from "@callingcard/kit/request.ts";

const PAGES: readonly [List, string][] = [
  ["chatflows", "Chatflows"],
  ["routing", "Routing"],
  ["decisions", "Decisions"],
  ["teams", "Teams"],
  ["hours", "Office hours"],
];

const WITHIN: Partial<Record<Route["page"], List>> = {
  chatflow: "chatflows",
  "new-chatflow": "chatflows",
  "new-team": "teams",
  "new-hours": "hours",
};

/** Set one page of the section: its title bar, the row of its neighbours, its content. */
export function Section(props: {
  title: string;
  tabTitle?: string;
  action?: ComponentChildren;
  children: ComponentChildren;
}) {
  const { page } = route.value;
  const here = isOfChatflows(route.value) ? (WITHIN[page] ?? page) : page;
  return (
    <Page {...props}>
      <Places label="Chatflows" places={PAGES} here={here} />
      {props.children}
    </Page>
  );
}

const PLACE: Place = { closed: "This is for owners and operators" };

/** What stands before, or in the place of, what is polled. */
export function Waiting(expected: Expected) {
  return <PlaceWaiting {...PLACE} {...expected} />;
}

/** Why there is nothing to see. */
export function SectionProblem(found: { problem: Problem; retry: () => void }) {
  return <PlaceProblem {...PLACE} {...found} />;
}
