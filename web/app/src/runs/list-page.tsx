/** The list of runs: what ran, how it ended, and since when. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";

import { FUNCTIONS, readFunctions } from "../functions/functions.ts";
import { FunctionsProblem, Section } from "../functions/section.tsx";
import type { FunctionShown } from "../functions/types.ts";
import { address, navigate } from "../router.ts";
import { useListKeys } from "../ui/list-keys.ts";
import { EVERY_MS, poll, usePolled } from "../ui/poll.ts";
import { Empty, Skeleton } from "../ui/states.tsx";
import { DayPlot } from "./day-plot.tsx";
import { isNarrow, runsPath, searchOf, type RunFilter } from "./filter.ts";
import { Filters } from "./filters.tsx";
import { RunList } from "./run-list.ts";
import { listen, readRuns } from "./runs.ts";
import { RunTable } from "./table.tsx";
import { waitingWords } from "./words.ts";

const TYPING_MS = 300;
const BELL_MS = 500; // many runs a second are news once

/** Show the runs of *filter*. */
export function ListPage({ filter }: { filter: RunFilter }) {
  const main = useRef<HTMLElement>(null);
  useListKeys(main);
  const list = useRuns(filter);
  const { value: functions } = usePolled(FUNCTIONS, readFunctions);
  const words = useWords(filter);
  const chosen = functions?.find((one) => one.name === filter.function);
  return (
    <Section title="Runs" search={{ label: "Search errors and logs", words }}>
      <main class="content runs" ref={main}>
        <Filters filter={filter} names={functions?.map((one) => one.name) ?? []} list={list} />
        {chosen && <DayPlot shown={chosen} />}
        <Rows list={list} filter={filter} functions={functions} />
      </main>
    </Section>
  );
}

/** The list of *filter*, kept fresh while it is shown. */
function useRuns(filter: RunFilter): RunList {
  const key = searchOf(filter);
  const list = useMemo(
    () => new RunList((cursor, signal) => readRuns(runsPath(filter, new Date(), cursor), signal)),
    [key], // the filter is a new object at every drawing
  );
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const endPolling = poll(() => list.refresh(), EVERY_MS);
    const endListening = filter.function
      ? listen(filter.function, () => {
          timer ??= setTimeout(() => {
            timer = undefined;
            void list.refresh();
          }, BELL_MS);
        })
      : undefined;
    return () => {
      clearTimeout(timer);
      endListening?.();
      endPolling();
      list.end();
    };
  }, [list]);
  return list;
}

/** What is searched for; the address follows it a moment after the last letter. */
function useWords(filter: RunFilter) {
  const words = useSignal(filter.text);
  const sent = useRef(filter.text);
  useEffect(() => {
    // Going back changes the address by itself, and the field follows it then.
    if (filter.text !== sent.current) words.value = filter.text;
    sent.current = filter.text;
  }, [filter.text, words]);
  useSignalEffect(() => {
    const text = words.value.trim();
    const timer = setTimeout(() => {
      if (text === sent.current) return;
      sent.current = text;
      navigate(address("runs") + searchOf({ ...filter, text }), { replace: true });
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
    };
  });
  return words;
}

function Rows(props: { list: RunList; filter: RunFilter; functions: readonly FunctionShown[] | null }) {
  const { list, filter, functions } = props;
  const rows = list.rows.value;
  const problem = list.problem.value;
  const again = (): void => void list.refresh();
  if (!rows) return problem ? <FunctionsProblem problem={problem} retry={again} /> : <Skeleton rows={8} shape="table" />;
  const next = list.next.value;
  return (
    <>
      {problem && (
        <p class="notice" data-tone="warning" role="status">
          This may be out of date. {problem.message}{" "}
          <button type="button" class="text-button" onClick={again}>
            Try again
          </button>
        </p>
      )}
      <NewRuns list={list} />
      {rows.length === 0 && list.waiting.value === 0 && <Nothing filter={filter} hasFunctions={functions?.length !== 0} />}
      {rows.length > 0 && <RunTable rows={rows} />}
      {next !== null && (
        <button type="button" class="button more" disabled={list.isReadingMore.value} onClick={() => void list.more()}>
          {list.isReadingMore.value ? "Loading" : "Load more"}
        </button>
      )}
    </>
  );
}

/** Says that new runs wait, and shows them when asked. */
function NewRuns({ list }: { list: RunList }) {
  const words = waitingWords(list.waiting.value, list.isTorn.value);
  return (
    <div class="new-runs" role="status">
      {words && (
        <button
          type="button"
          class="button"
          onClick={() => {
            list.showWaiting();
          }}
        >
          Show {words.charAt(0).toLowerCase() + words.slice(1)}
        </button>
      )}
    </div>
  );
}

function Nothing({ filter, hasFunctions }: { filter: RunFilter; hasFunctions: boolean }) {
  if (isNarrow(filter)) {
    return (
      <Empty title="No such run" text="Nothing that is kept fits what was chosen.">
        <a class="button" href={address("runs")}>
          Show every run
        </a>
      </Empty>
    );
  }
  return (
    <Empty
      title="No runs yet"
      text="Every run of every function is listed here for a while: how it ended, what it wrote, and what it called."
    >
      <a class="button" href={address(hasFunctions ? "functions" : "templates")}>
        {hasFunctions ? "Go to the functions" : "Start from a template"}
      </a>
    </Empty>
  );
}
