/** What the pages about the desk's settings have in common: the way from one to the other, and their problems. */
import type { Problem } from "@callingcard/kit/request.ts";
import type { ComponentChildren } from "preact";

import { Page } from "../frame/page.tsx";
import { Subnav } from "../functions/subnav.tsx";
import { address, route, type List } from "../router.ts";
import "../styles/desk-settings.css";
import type { Polled } from "../ui/poll.ts";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";

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
      <Subnav label="Settings">
        {PLACES.map(([page, name]) => (
          <a key={page} href={address(page)} aria-current={route.value.page === page ? "page" : undefined}>
            {name}
          </a>
        ))}
      </Subnav>
      {props.children}
    </Page>
  );
}

/** What stands before, or in the place of, what is *polled*: nothing, a note, a problem, or grey lines. */
export function Waiting({ polled, shape }: { polled: Polled<unknown>; shape: "table" | "text" }) {
  const { value, problem, again } = polled;
  if (!problem) return value === null ? <Skeleton rows={6} shape={shape} /> : null;
  if (value === null) return <DeskProblem problem={problem} retry={again} />;
  return (
    <p class="notice" data-tone="warning" role="status">
      This may be out of date. {problem.message}{" "}
      <button type="button" class="text-button" onClick={again}>
        Try again
      </button>
    </p>
  );
}

/** Why there is nothing to see; somebody without the role is told who has it. */
export function DeskProblem({ problem, retry }: { problem: Problem; retry: () => void }) {
  if (problem.status === 403) {
    return <Empty title="Settings are for owners and operators" text="Ask one of them to look, or to change your role." />;
  }
  if (problem.status === 404) {
    return <Empty title="There is no such thing here" text="It may have been deleted, or was called otherwise." />;
  }
  return <Failure problem={problem} retry={retry} />;
}
