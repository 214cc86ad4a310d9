/** How the pages about runs speak. Pure. */
import type { RunShown, RunState } from "../functions/types.ts";

/** How a run looks: the mark stands beside the word. */
export function lookOf(state: RunState): "ok" | "trouble" | "unknown" {
  if (state === "succeeded") return "ok";
  return state === "running" || state === "lost" ? "unknown" : "trouble";
}

const EXTRA: Readonly<Record<string, string>> = {
  scheduled_at: "Was due",
  caller: "Called by",
  event: "Event",
  event_id: "Event id",
  attempt: "Try",
  retries_left: "Tries left",
  job: "Job",
};

/** What else is known of a run, by names that people read. */
export function extraFacts(extra: RunShown["extra"]): [string, string][] {
  return Object.entries(extra).map(([name, text]) => [EXTRA[name] ?? name, text]);
}

/** What a screen reader is told of new runs; "" while none wait. */
export function waitingWords(waiting: number, isTorn: boolean): string {
  if (waiting === 0) return "";
  if (isTorn) return `More than ${waiting.toLocaleString()} new runs`;
  return waiting === 1 ? "1 new run" : `${waiting.toLocaleString()} new runs`;
}
