import { expect, test } from "vitest";

import { extraFacts, lookOf, waitingWords } from "./words.ts";

test("a lost run is neither good nor bad", () => {
  expect([lookOf("succeeded"), lookOf("lost"), lookOf("running"), lookOf("raised")]).toEqual([
    "ok",
    "unknown",
    "unknown",
    "trouble",
  ]);
});

test("new runs are counted in words, and only when there are any", () => {
  expect([waitingWords(0, false), waitingWords(1, false), waitingWords(7, false), waitingWords(50, true)]).toEqual([
    "",
    "1 new run",
    "7 new runs",
    "More than 50 new runs",
  ]);
});

test("what is known beside has names for people, and its own where there is none", () => {
  expect(extraFacts({ scheduled_at: "2026-11-21T09:00:00Z", odd: "1" })).toEqual([
    ["Was due", "2026-11-21T09:00:00Z"],
    ["odd", "1"],
  ]);
});
