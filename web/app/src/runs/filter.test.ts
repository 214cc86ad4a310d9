import { expect, test } from "vitest";

import { filterOf, isNarrow, runsPath, searchOf } from "./filter.ts";

const NOW = new Date("2026-11-21T12:00:00Z");

test("a choice written into the address is read out of it again", () => {
  const filter = { function: "greet", state: "timed_out", trigger: "event", span: "24h", text: "a & b" } as const;
  expect(filterOf(searchOf(filter))).toEqual(filter);
});

test("what nobody knows in an address is left out", () => {
  expect(searchOf(filterOf("?state=odd&trigger=__proto__&span=9y&function=greet"))).toBe("?function=greet");
  expect(isNarrow(filterOf("?state=constructor"))).toBe(false);
});

test("the server is asked for a time and not for a span", () => {
  const path = runsPath(filterOf("?span=1h&q=boom"), NOW, "c");
  expect(Object.fromEntries(new URL(path, "http://x").searchParams)).toEqual({
    since: "2026-11-21T11:00:00.000Z",
    q: "boom",
    cursor: "c",
  });
});

test("no choice asks for everything", () => {
  expect(runsPath(filterOf(""), NOW)).toBe("/v1/admin/runs");
});
