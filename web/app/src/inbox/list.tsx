/** The list of conversations, with tabs for those that are open, closed, or either. */
import type { Conversation } from "@callingcard/kit/api.ts";
import { Seal } from "@callingcard/kit/design/seal.tsx";
import type { RefObject } from "preact";

import { address } from "../router.ts";
import { Ago, present } from "../ui/ago.tsx";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";
import { brief, waiting } from "../ui/time.ts";
import { listed, nameOf, type Tab } from "./feed.ts";
import { statusWords } from "./layout.ts";
import { filterWords, inbox, lists, showMore, showTab, tab } from "./store.ts";

const TABS: readonly [Tab, string][] = [
  ["open", "Open"],
  ["closed", "Closed"],
  ["all", "All"],
];

/** Show the current tab; *selected* is the conversation on screen. */
export function List({ selected, list }: { selected: string | null; list: RefObject<HTMLElement | null> }) {
  return (
    <section class="list" aria-label="Conversations">
      <div class="tabs" role="group" aria-label="Show">
        {TABS.map(([value, name]) => (
          <button
            type="button"
            key={value}
            class="tab"
            aria-pressed={tab.value === value}
            onClick={() => void showTab(value)}
          >
            {name}
          </button>
        ))}
      </div>
      <nav class="rows" ref={list} aria-label="Conversations">
        <Rows selected={selected} />
      </nav>
    </section>
  );
}

function Rows({ selected }: { selected: string | null }) {
  const loading = lists.value.get(tab.value);
  const rows = listed(inbox.value, tab.value, filterWords.value);
  const again = () => void showTab(tab.value);
  if (rows.length === 0 && loading?.problem) return <Failure problem={loading.problem} retry={again} />;
  if (rows.length === 0 && loading?.state !== "ready") return <Skeleton rows={6} shape="row" />;
  if (rows.length === 0) return <NoRows />;
  return (
    <>
      {rows.map((one) => (
        <Row key={one.id} one={one} current={one.id === selected} />
      ))}
      {loading?.problem && <Failure problem={loading.problem} retry={again} />}
      {loading?.next && (
        <button type="button" class="button more" disabled={loading.state === "loading"} onClick={() => void showMore()}>
          Load more
        </button>
      )}
    </>
  );
}

function NoRows() {
  if (filterWords.value.trim() !== "") {
    return <Empty title="Nothing matches" text="Only conversations loaded here are filtered." />;
  }
  if (tab.value === "closed") return <Empty title="Nothing closed yet" text="Conversations you close are kept here." />;
  return <Empty title="Nobody is waiting" text="When a visitor writes on your site, the conversation appears here." />;
}

function Row({ one, current }: { one: Conversation; current: boolean }) {
  const wait = one.waitingSince === null ? "" : waiting(new Date(one.waitingSince), present.value);
  return (
    <a
      class="row"
      data-row={one.id}
      data-unread={one.unread > 0}
      href={address("inbox", one.id)}
      aria-current={current ? "true" : undefined}
    >
      <span class="row-name" dir="auto">
        {nameOf(one)}
      </span>
      <span class="row-time">
        <Ago at={one.updatedAt} words={brief} />
      </span>
      <span class="row-line" dir="auto">
        {lastLine(one)}
      </span>
      <span class="row-dot">{one.unread > 0 && <span class="sr-only">{one.unread} unread</span>}</span>
      <span class="row-foot">
        <Seal evidence={one.evidence} within="link" />
        {one.status === "closed" && tab.value === "all" && <span>Closed</span>}
        {wait && <span class="row-wait">Waiting {wait}</span>}
      </span>
    </a>
  );
}

function lastLine(one: Conversation): string {
  const entry = one.lastEntry;
  if (!entry) return "No messages yet";
  return entry.type === "status" ? statusWords(entry) : entry.text;
}
