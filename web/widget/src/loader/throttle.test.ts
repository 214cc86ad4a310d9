import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { throttle } from "./throttle.ts";

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

test("the first call runs at once, the last of the rest after a second", () => {
  const run = vi.fn();
  const call = throttle(run);
  ["a", "b", "c"].forEach(call);
  expect(run.mock.calls).toEqual([["a"]]);
  vi.advanceTimersByTime(1000);
  expect(run.mock.calls).toEqual([["a"], ["c"]]);
  vi.advanceTimersByTime(5000);
  call("d");
  expect(run.mock.calls).toEqual([["a"], ["c"], ["d"]]);
});
