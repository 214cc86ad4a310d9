import { expect, test } from "vitest";

import { call } from "../samples.ts";
import { callOutcome, layOut } from "./waterfall.ts";

test("calls stand where they began, as wide as they took", () => {
  const { spanMs, bars } = layOut([call({ startMs: 0, durationMs: 50 }), call({ startMs: 50, durationMs: 25 })], 100);
  expect(spanMs).toBe(100);
  expect(bars).toEqual([
    { from: 0, width: 0.5 },
    { from: 0.5, width: 0.25 },
  ]);
});

test("a call that outlasts its run makes the whole longer", () => {
  expect(layOut([call({ startMs: 100, durationMs: 100 })], 150)).toEqual({ spanMs: 200, bars: [{ from: 0.5, width: 0.5 }] });
});

test("the shortest call at the very end is seen, and stays within", () => {
  const [bar] = layOut([call({ startMs: 100, durationMs: 0 })], 100).bars;
  expect(bar?.width).toBeGreaterThan(0);
  expect((bar?.from ?? 1) + (bar?.width ?? 1)).toBeLessThanOrEqual(1);
});

test("no call and no duration divide by nothing", () => {
  expect(layOut([], null).bars).toEqual([]);
  expect(layOut([call({ startMs: 0, durationMs: 0 })], null).bars[0]).toEqual({ from: 0, width: 0.006 });
});

test.each([
  [{ status: 200 }, { text: "200", isProblem: false }],
  [{ status: 429 }, { text: "429", isProblem: true }],
  [{ status: 429, error: "connector" }, { text: "429 connector", isProblem: true }],
  [{ error: "limit" }, { text: "limit", isProblem: true }],
  [{}, { text: "Done", isProblem: false }],
])("%j comes to %j", (changes, outcome) => {
  expect(callOutcome(call(changes))).toEqual(outcome);
});
