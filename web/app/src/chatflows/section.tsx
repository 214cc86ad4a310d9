/** What the pages about chatflows and routing have in common: the way from one to the other. */
import type { ComponentChildren } from "preact";

import { Page } from "../frame/page.tsx";
import { Subnav } from "../functions/subnav.tsx";
import { address, isOfChatflows, route, type List, type Route } from "../router.ts";
import type { Polled } from "../ui/poll.ts";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";
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
      <Subnav label="Chatflows">
        {PAGES.map(([one, name]) => (
          <a key={one} href={address(one)} aria-current={here === one ? "page" : undefined}>
            {name}
          </a>
        ))}
      </Subnav>
      {props.children}
    </Page>
  );
}

/** What stands before, or in the place of, what is *polled*: nothing, a note, a problem, or grey lines. */
export function Waiting({ polled, rows = 6 }: { polled: Polled<unknown>; rows?: number }) {
  const { value, problem, again } = polled;
  if (!problem) return value === null ? <Skeleton rows={rows} shape="table" /> : null;
  if (value === null) return <SectionProblem problem={problem} retry={again} />;
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
export function SectionProblem({ problem, retry }: { problem: Problem; retry: () => void }) {
  if (problem.status === 403) {
    return <Empty title="This is for owners and operators" text="Ask one of them to look, or to change your role." />;
  }
  if (problem.status === 404) {
    return <Empty title="There is no such thing here" text="It may have been deleted, or was called otherwise." />;
  }
  return <Failure problem={problem} retry={retry} />;
}
