/** Where the calls of a run stand beside each other in time. Pure. */
import type { RunCall } from "../types.ts";

/** One bar, in shares of the whole width. */
export interface Bar {
  from: number;
  width: number;
}

const LEAST = 0.006; // of the width: a call of a tenth of a millisecond is still seen

/** Lay *calls* out over a run of *totalMs*; a call that seems to outlast it makes the whole longer. */
export function layOut(calls: readonly RunCall[], totalMs: number | null): { spanMs: number; bars: Bar[] } {
  const spanMs = Math.max(totalMs ?? 0, ...calls.map((call) => call.startMs + call.durationMs), 0.001);
  const bars = calls.map((call) => {
    const width = Math.min(1, Math.max(LEAST, call.durationMs / spanMs));
    return { from: Math.min(Math.max(0, call.startMs / spanMs), 1 - width), width };
  });
  return { spanMs, bars };
}

/** What came of a call, in a word or two. */
export function callOutcome(call: RunCall): { text: string; isProblem: boolean } {
  if (call.error) return { text: call.status === null ? call.error : `${call.status} ${call.error}`, isProblem: true };
  if (call.status !== null) return { text: String(call.status), isProblem: call.status >= 400 };
  return { text: "Done", isProblem: false };
}
