/** What the pages about functions have in common: the way from one to the other, and their problems. */
import type { Problem } from "@callingcard/kit/request.ts";
import type { ComponentChildren } from "preact";

import { Page, type SearchField } from "../frame/page.tsx";
import { route, type List } from "../router.ts";
import { PlaceProblem, PlaceWaiting, type Expected, type Place } from "../ui/waiting.tsx";
import { Places } from "./subnav.tsx";

const PAGES: readonly [List, string][] = [
  ["functions", "Functions"],
  ["runs", "Runs"],
  ["connectors", "Connectors"],
  ["secrets", "Secrets"],
  ["alerts", "Alerts"],
  ["templates", "Templates"],
];

/** Set one page of the section: its title bar, the row of its neighbours, its content. */
export function Section(props: {
  title: string;
  tabTitle?: string;
  search?: SearchField;
  action?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <Page {...props}>
      <Places label="Functions" places={PAGES} here={route.value.page} />
      {props.children}
    </Page>
  );
}

const PLACE: Place = { closed: "Functions are for owners and operators" };

/** What stands before, or in the place of, what is polled. */
export function Waiting(expected: Expected) {
  return <PlaceWaiting {...PLACE} {...expected} />;
}

/** Why there is nothing to see. */
export function FunctionsProblem(found: { problem: Problem; retry: () => void }) {
  return <PlaceProblem {...PLACE} {...found} />;
}
