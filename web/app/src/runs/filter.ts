/**
 * Which runs are looked at. The address says it, so that a choice can be sent and gone back to.
 *
 * Pure.
 */
import { STARTERS, STATES } from "../functions/words.ts";
import type { RunRow, RunState } from "../functions/types.ts";

/** The spans that can be chosen, in minutes; "" is all there is. */
export const SPANS: readonly (readonly [string, string, number | null])[] = [
  ["", "All that is kept", null],
  ["1h", "Last hour", 60],
  ["24h", "Last 24 hours", 1440],
  ["7d", "Last 7 days", 10_080],
];

/** A choice; what is "" does not matter. */
export interface RunFilter {
  function: string;
  state: RunState | "";
  trigger: RunRow["trigger"] | "";
  span: string;
  text: string;
}

/** Read the choice out of *search*, the part of an address after its question mark. */
export function filterOf(search: string): RunFilter {
  const query = new URLSearchParams(search);
  const one = (name: string): string => query.get(name) ?? "";
  return {
    function: one("function"),
    state: Object.hasOwn(STATES, one("state")) ? (one("state") as RunState) : "",
    trigger: Object.hasOwn(STARTERS, one("trigger")) ? (one("trigger") as RunRow["trigger"]) : "",
    span: SPANS.some(([name]) => name === one("span")) ? one("span") : "",
    text: one("q"),
  };
}

/** Write *filter* as the part of an address after its question mark, or "". */
export function searchOf(filter: RunFilter): string {
  const { function: name, state, trigger, span, text } = filter;
  return written({ function: name, state, trigger, span, q: text });
}

/** Where the server lists the runs of *filter*, as of *now*; *cursor* is where to go on. */
export function runsPath(filter: RunFilter, now: Date, cursor = ""): string {
  const { function: name, state, trigger, text } = filter;
  const minutes = SPANS.find(([span]) => span === filter.span)?.[2] ?? null;
  const since = minutes === null ? "" : new Date(now.getTime() - minutes * 60_000).toISOString();
  return `/v1/admin/runs${written({ function: name, state, trigger, since, q: text, cursor })}`;
}

/** Whether *filter* leaves anything out. */
export function isNarrow(filter: RunFilter): boolean {
  return searchOf(filter) !== "";
}

function written(parts: Record<string, string>): string {
  const query = new URLSearchParams(Object.entries(parts).filter(([, value]) => value !== ""));
  const text = query.toString();
  return text && `?${text}`;
}
