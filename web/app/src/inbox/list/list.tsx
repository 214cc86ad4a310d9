/** The list of conversations in one view, or those that hold what was searched for. */
import { useEffect } from "preact/hooks";
import type { RefObject } from "preact";

import { Empty, Failure, Skeleton } from "../../ui/states.tsx";
import { listed } from "../feed.ts";
import { reader } from "../house.ts";
import { counts, inbox, lists, searchWords, showMore, showView, view } from "../store.ts";
import type { View } from "../types.ts";
import { Found } from "./found.tsx";
import { Row } from "./row.tsx";
import { find } from "./search.ts";

const VIEWS: readonly [View, string][] = [
  ["mine", "Mine"],
  ["team", "Team"],
  ["unassigned", "Unassigned"],
  ["waiting", "Waiting"],
  ["all", "All open"],
  ["closed", "Closed"],
];

const PAUSE_MS = 250;

/** Show the current view; *selected* is the conversation on screen. */
export function List({ selected, list }: { selected: string | null; list: RefObject<HTMLElement | null> }) {
  const words = searchWords.value.trim();
  useEffect(() => {
    const timer = setTimeout(() => void find(words), words === "" ? 0 : PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [words]);
  return (
    <section class="list" aria-label="Conversations">
      {words === "" && <Views />}
      <nav class="rows" ref={list} aria-label={words === "" ? "Conversations" : "Found conversations"}>
        {words === "" ? <Rows selected={selected} /> : <Found selected={selected} words={words} />}
      </nav>
    </section>
  );
}

function Views() {
  return (
    <div class="views" role="group" aria-label="Show">
      {VIEWS.map(([value, name]) => {
        const count = counts.value.get(value);
        return (
          <button
            type="button"
            key={value}
            class="view"
            aria-pressed={view.value === value}
            onClick={() => void showView(value)}
          >
            {name}
            {count !== undefined && value !== "closed" && <span class="view-count">{count.toLocaleString()}</span>}
          </button>
        );
      })}
    </div>
  );
}

function Rows({ selected }: { selected: string | null }) {
  const loading = lists.value.get(view.value);
  const rows = listed(inbox.value, view.value, reader.value);
  const again = () => void showView(view.value);
  if (rows.length === 0 && loading?.problem) return <Failure problem={loading.problem} retry={again} />;
  if (rows.length === 0 && loading?.state !== "ready") return <Skeleton rows={6} shape="row" />;
  if (rows.length === 0) return <Empty {...NOTHING[view.value]} />;
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

const NOTHING: Readonly<Record<View, { title: string; text: string }>> = {
  mine: { title: "Nothing is yours", text: "Conversations that you take, or are given, are here until they are closed." },
  team: { title: "Your teams have nothing", text: "Conversations sent to a team you are in are here." },
  unassigned: { title: "Everything is in hands", text: "Open conversations that nobody has taken are here." },
  waiting: { title: "Nobody is waiting", text: "Visitors who wait for an answer are here." },
  all: { title: "Nobody has written yet", text: "When a visitor writes on your site, the conversation appears here." },
  closed: { title: "Nothing closed yet", text: "Conversations you close are kept here." },
};
