/** The list of functions: what each is for, what sets it off, and how its day has been. */
import { useRef } from "preact/hooks";

import { address, functionAddress, NEW_FUNCTION } from "../../router.ts";
import { Ago } from "../../ui/ago.tsx";
import { useListKeys } from "../../ui/list-keys.ts";
import { usePolled } from "../../ui/poll.ts";
import { Empty } from "../../ui/states.tsx";
import { relative } from "../../ui/time.ts";
import { FUNCTIONS, readFunctions } from "../functions.ts";
import { Section, Waiting } from "../section.tsx";
import type { FunctionShown } from "../types.ts";
import { duration, triggersWords } from "../words.ts";
import { Spark } from "./spark.tsx";

/** Every function. */
export function FunctionsPage() {
  const polled = usePolled(FUNCTIONS, readFunctions);
  const { value: functions } = polled;
  const list = useRef<HTMLElement>(null);
  useListKeys(list);
  const isEmpty = functions?.length === 0;
  return (
    <Section
      title="Functions"
      action={
        functions &&
        !isEmpty && (
          <a class="button button-primary" href={NEW_FUNCTION}>
            New function
          </a>
        )
      }
    >
      <main class="content" ref={list}>
        <Waiting polled={polled} shape="table" />
        {isEmpty && <NoFunctions />}
        {functions && !isEmpty && <Table functions={functions} />}
      </main>
    </Section>
  );
}

function NoFunctions() {
  return (
    <Empty
      title="No functions yet"
      text="A function is a few lines of Python that run here, with keys it never sees: look up an order when a visitor asks, tell a channel when a chat begins, mint a token for a chat."
    >
      <div class="state-buttons">
        <a class="button button-primary" href={address("templates")}>
          Start from a template
        </a>
        <a class="button" href={NEW_FUNCTION}>
          Write one
        </a>
      </div>
    </Empty>
  );
}

function Table({ functions }: { functions: readonly FunctionShown[] }) {
  return (
    <table class="table functions-table">
      <thead>
        <tr>
          <th scope="col">Function</th>
          <th scope="col" class="wide-only">Set off by</th>
          <th scope="col" class="spark-column">Runs, 24 h</th>
          <th scope="col" class="number">Errors</th>
          <th scope="col" class="number wide-only">p95</th>
          <th scope="col" class="number wide-only">Last run</th>
        </tr>
      </thead>
      {functions.map((one) => (
        <Row key={one.name} shown={one} />
      ))}
    </table>
  );
}

function Row({ shown }: { shown: FunctionShown }) {
  const { activity, problems } = shown;
  const triggers = triggersWords(shown.triggers);
  return (
    <tbody class="function-rows">
      <tr class={problems.length > 0 ? "has-note" : ""}>
        <td>
          <span class="function-name">
            <a class="row-link" data-row href={functionAddress(shown.name)} title={shown.name}>
              {shown.name}
            </a>
            <DraftBadge shown={shown} />
          </span>
          {shown.description && (
            <span class="under" dir="auto" title={shown.description}>
              {shown.description}
            </span>
          )}
        </td>
        <td class="wide-only text-muted" title={triggers}>
          {triggers}
        </td>
        <td class="spark-column">
          <Spark activity={activity} name={shown.name} />
        </td>
        <td class={`number ${activity.errors24h > 0 ? "text-danger" : "text-muted"}`}>
          {activity.errors24h.toLocaleString()}
        </td>
        <td class="number wide-only">{duration(activity.p95Ms)}</td>
        <td class="number wide-only text-muted">
          {activity.lastRunAt ? <Ago at={activity.lastRunAt} words={relative} /> : "Never"}
        </td>
      </tr>
      {problems.length > 0 && (
        <tr class="note-row">
          <td colSpan={6}>{problems.join(" ")}</td>
        </tr>
      )}
    </tbody>
  );
}

/** Says that what runs is not what is being written. */
function DraftBadge({ shown }: { shown: FunctionShown }) {
  if (shown.version === null) return <span class="badge">Not deployed</span>;
  return shown.draft ? <span class="badge">Draft</span> : null;
}
