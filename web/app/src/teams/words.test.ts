import { describe, expect, test } from "vitest";

import { isOvernight, memberWords, momentWords, nameReason, newHours, openWords, spanEnds, tidy, weekWords } from "./words.ts";

const now = new Date(2030, 5, 3, 10, 0); // a Monday

describe("a week in a line", () => {
  test("days alike are said together", () => {
    expect(weekWords(newHours("office", "UTC").days)).toBe("Mon–Fri 09:00–17:00");
  });

  test("several spans, single days and days off", () => {
    const days = { mon: ["09:00-12:00", "13:00-17:00"], tue: [], wed: ["22:00-06:00"], thu: [], fri: [], sat: [], sun: [] };
    expect(weekWords(days)).toBe("Mon 09:00–12:00, 13:00–17:00; Wed 22:00–06:00");
    expect(weekWords({ ...days, mon: [], wed: [] })).toBe("Never open");
  });
});

describe("whether the office is open", () => {
  const at = (day: number, hour: number): string => new Date(2030, 5, day, hour).toISOString();

  test.each([
    [{ isOpen: true, opensAt: null, closesAt: at(3, 17) }, /^Open now, until today at .*(17|5).00/],
    [{ isOpen: true, opensAt: null, closesAt: null }, /^Always open\.$/],
    [{ isOpen: false, opensAt: at(4, 9), closesAt: null }, /^Closed now\. Opens tomorrow at .*9.00/],
    [{ isOpen: false, opensAt: at(7, 9), closesAt: null }, /^Closed now\. Opens on Friday.*7.* at .*9.00/],
    [{ isOpen: false, opensAt: null, closesAt: null }, /never opens/],
  ])("%j", (found, words) => {
    expect(openWords(found, now)).toMatch(words);
  });

  test("another year is said", () => {
    expect(momentWords(new Date(2031, 0, 2, 9), now)).toMatch(/2031/);
  });
});

test("spans have two ends, and some go over midnight", () => {
  expect(spanEnds("09:00-17:30")).toEqual(["09:00", "17:30"]);
  expect(isOvernight("22:00-06:00")).toBe(true);
  expect(isOvernight("09:00-17:00")).toBe(false);
  expect(isOvernight("09:00-")).toBe(false);
  expect(isOvernight("2200-6")).toBe(true); // as it will be when the field is left, so that nothing moves then
});

test("members are told by name, and who left by id", () => {
  const colleagues = [{ id: "1", name: "Ada", status: "online" as const }];
  expect(memberWords(["1", "2"], colleagues)).toBe("Ada, agent 2");
  expect(memberWords([], colleagues)).toBe("Nobody yet");
});

test("names are checked before they are sent", () => {
  expect(nameReason("support", [])).toBe("");
  expect(nameReason("Support team", [])).toMatch(/small letters/);
  expect(nameReason("support", ["support"])).toMatch(/with this name/);
});

test.each([
  ["9", "09:00"],
  ["09", "09:00"],
  ["930", "09:30"],
  ["0930", "09:30"],
  ["9.30", "09:30"],
  ["24:00", "24:00"],
  ["soon", "soon"],
  ["", ""],
])("%j is tidied to %j", (typed, time) => {
  expect(tidy(typed)).toBe(time);
});
