import { describe, expect, test } from "vitest";

import { brief, dayName, daysBetween, relative, waiting } from "./time.ts";

const now = new Date(2026, 10, 21, 14, 0, 0);
const before = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);

describe("in a list", () => {
  test.each([
    [0, "now"],
    [0.9, "now"],
    [1, "1 min"],
    [59, "59 min"],
  ])("%s minutes ago is %s", (minutes, words) => {
    expect(brief(before(minutes), now)).toBe(words);
  });

  test("earlier today is a time of day, this week a weekday, before that a date", () => {
    expect(brief(before(240), now)).toMatch(/10.00/);
    expect(brief(new Date(2026, 10, 20, 23, 59), now)).toBe("Fri");
    expect(brief(new Date(2026, 10, 14, 12, 0), now)).toMatch(/14/);
    expect(brief(new Date(2025, 10, 14, 12, 0), now)).toMatch(/2025/);
  });

  test("a clock that runs ahead does not say something silly", () => {
    expect(brief(before(-5), now)).toBe("now");
  });
});

describe("in a sentence", () => {
  test.each([
    [0, "just now"],
    [1, "1 minute ago"],
    [60, "1 hour ago"],
    [60 * 24, "yesterday"],
    [60 * 24 * 3, "3 days ago"],
  ])("%s minutes ago is %s", (minutes, words) => {
    expect(relative(before(minutes), now)).toBe(words);
  });
});

describe("waiting", () => {
  test.each([
    [0.9, ""],
    [1, "1 min"],
    [60, "1 h"],
    [130, "2 h 10 min"],
    [60 * 49, "2 d"],
  ])("for %s minutes is said as %j", (minutes, words) => {
    expect(waiting(before(minutes), now)).toBe(words);
  });
});

test("days are the reader's calendar days", () => {
  expect(daysBetween(new Date(2026, 10, 20, 23, 59), new Date(2026, 10, 21, 0, 1))).toBe(1);
  expect(dayName(now, now)).toBe("Today");
  expect(dayName(new Date(2026, 10, 20, 8), now)).toBe("Yesterday");
  expect(dayName(new Date(2026, 10, 16, 8), now)).toMatch(/Monday.*16|16.*Monday/);
});
