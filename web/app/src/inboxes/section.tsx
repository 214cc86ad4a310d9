/** What the pages about the desk's settings have in common: the way from one to the other, and their problems. */
import type { Problem } from "@callingcard/kit/request.ts";
import type { ComponentChildren } from "preact";

import { Page } from "../frame/page.tsx";
import { Places } from "../functions/subnav.tsx";
import { route, type List } from "../router.ts";
import "../styles/desk-settings.css";
import { PlaceProblem, PlaceWaiting, type Expected, type Place } from "../ui/waiting.tsx";

/** The places of the section, in their order. */
const PLACES: readonly [List, string][] = [
  ["inboxes", "Inboxes"],
  ["webhooks", "Webhooks"],
  ["check", "Test"],
  ["audit", "Audit"],
];

/** Set one page of the section: its title bar, the row of its neighbours, its content. */
export function DeskSection(props: { title: string; tabTitle?: string; action?: ComponentChildren; children: ComponentChildren }) {
  return (
    <Page {...props}>
      <Places label="Settings" places={PLACES} here={route.value.page} />
      {props.children}
    </Page>
  );
}

const PLACE: Place = { closed: "Settings are for owners and operators" };

/** What stands before, or in the place of, what is polled. */
export function Waiting(expected: Expected) {
  return <PlaceWaiting {...PLACE} {...expected} />;
}

/** Why there is nothing to see. */
export function DeskProblem(found: { problem: Problem; retry: () => void }) {
  return <PlaceProblem {...PLACE} {...found} />;
}
