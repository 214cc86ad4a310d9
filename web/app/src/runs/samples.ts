/** Runs for tests: plain, and changed where a test cares. */
import type { RunRow } from "../functions/types.ts";

/** The run number *number*: the higher, the newer. */
export function row(number: number, changes: Partial<RunRow> = {}): RunRow {
  return {
    id: `run_${number}`,
    function: "greet",
    version: "v1",
    versionNumber: 1,
    trigger: "http",
    state: "succeeded",
    startedAt: new Date(Date.UTC(2026, 10, 21, 9) + number * 1000).toISOString(),
    durationMs: 12,
    start: "warm",
    error: null,
    fingerprint: null,
    ...changes,
  };
}

/** The runs *newest* down to *oldest* as one page; there is more behind it unless the oldest is 1. */
export function page(newest: number, oldest: number): { runs: RunRow[]; next: string | null } {
  const runs = Array.from({ length: newest - oldest + 1 }, (_, index) => row(newest - index));
  return { runs, next: oldest > 1 ? `before ${oldest}` : null };
}
