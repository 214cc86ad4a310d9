import { describe, expect, test } from "vitest";

import { count, dayWords, duration, keyText, nameReason, size, triggersWords, triggerWords } from "./words.ts";

describe("a trigger", () => {
  test.each([
    [{ kind: "http", auth: "visitor", site: "shop" }, "Visitors of shop"],
    [{ kind: "http", auth: "visitor", site: null }, "Visitors"],
    [{ kind: "http", auth: "key" }, "Programs with a key"],
    [{ kind: "http", auth: "public" }, "Anybody"],
    [{ kind: "schedule", cron: "0 9 * * *", zone: "UTC" }, "Every day at 09:00"],
    [{ kind: "schedule", cron: "0 9 * * *", zone: "Europe/Berlin" }, "Every day at 09:00 (Europe/Berlin)"],
    [{ kind: "event", event: "conversation.created" }, "When a conversation begins"],
    [{ kind: "event", event: "moon.risen" }, "On moon.risen"],
  ] as const)("%j is said as %j", (trigger, words) => {
    expect(triggerWords({ ...trigger })).toBe(words);
  });

  test("none at all means by hand", () => {
    expect(triggersWords([])).toBe("Only by hand");
  });
});

test.each([
  [null, "–"],
  [0.2, "< 1 ms"],
  [41.6, "42 ms"],
  [1400, "1.4 s"],
  [31_000, "31 s"],
  [125_000, "2 min 5 s"],
])("%s ms is said as %j", (ms, words) => {
  expect(duration(ms)).toBe(words);
});

test.each([
  [0, "0 B"],
  [1024, "1 KB"],
  [3482, "3.4 KB"],
  [128 * 1024 * 1024, "128 MB"],
])("%s bytes are %j", (bytes, words) => {
  expect(size(bytes)).toBe(words);
});

test("a number of things agrees with its word", () => {
  expect(count(1, "run")).toBe("1 run");
  expect(count(0, "entry", "entries")).toBe("0 entries");
});

test("a quiet day is said to be one", () => {
  const quiet = { runs24h: 0, errors24h: 0, p50Ms: null, p95Ms: null, lastRunAt: null, hours: [] };
  expect(dayWords(quiet)).toBe("No runs in 24 hours");
  expect(dayWords({ ...quiet, runs24h: 4, errors24h: 1 })).toBe("4 runs, 1 error in 24 hours");
});

test("a key that is a list is read as its parts", () => {
  expect(keyText('"plain"')).toBe("plain");
  expect(keyText("cut off")).toBe("cut off");
  expect(keyText('["token","ada@example.com",7]')).toBe("token › ada@example.com › 7");
});

describe("the name of a new function", () => {
  test.each([
    ["lookup-order", ""],
    ["", "It needs a name."],
    ["greet", "There is a function of this name already."],
    ["9lives", "Begin with a small letter, a to z."],
    ["Greet", "Begin with a small letter, a to z."],
    ["look up", "Only small letters, digits and hyphens."],
    ["a".repeat(64), "At most 63 letters."],
  ])("%j: %j", (name, reason) => {
    expect(nameReason(name, ["greet"])).toBe(reason);
  });
});
