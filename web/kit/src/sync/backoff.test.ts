import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { delayFor, Pause, retryAfterMs } from "./backoff.ts";

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

test("waits double from half a second up to thirty", () => {
  expect([0, 1, 2, 6, 50].map((attempt) => delayFor(attempt, 1))).toEqual([500, 1000, 2000, 30_000, 30_000]);
});

test("chance takes away at most half", () => {
  expect(delayFor(3, 0)).toBe(2000);
});

test("the server's own wish is honoured up to a minute", () => {
  expect(delayFor(0, 1, 7000)).toBe(7000);
  expect(delayFor(0, 1, 3_600_000)).toBe(60_000);
});

test("Retry-After is read in seconds, and a date is no number", () => {
  expect(retryAfterMs(new Headers({ "Retry-After": "3" }))).toBe(3000);
  expect(retryAfterMs(new Headers({ "Retry-After": "Fri, 31 Dec 2030 23:59:59 GMT" }))).toBe(0);
  expect(retryAfterMs(new Headers())).toBe(0);
});

test("a pause ends early when told, and a newer pause is not forgotten", async () => {
  const pause = new Pause();
  const first = pause.wait(10_000);
  const second = pause.wait(10_000);
  await first;
  let ended = false;
  void second.then(() => { ended = true; });
  pause.end();
  await second;
  expect(ended).toBe(true);
});
