import { expect, test } from "vitest";

import type { Group } from "./alerts.ts";
import { channelReasons, inOrder, isMuted, muteUntil, stateWords, subjectWords } from "./words.ts";

const NOW = new Date("2026-11-21T12:00:00Z");

function group(changes: Partial<Group> = {}): Group {
  return {
    fingerprint: "f1",
    function: "greet",
    subject: "function greet",
    title: "ValueError: no",
    count: 3,
    firstAt: "2026-11-21T09:00:00Z",
    lastAt: "2026-11-21T11:00:00Z",
    state: "alerted",
    mutedUntil: null,
    lastRunId: null,
    kind: "failure",
    ...changes,
  };
}

test("a mute that has run out counts no more", () => {
  expect(isMuted(group({ state: "muted", mutedUntil: "2026-11-21T12:00:01Z" }), NOW)).toBe(true);
  expect(isMuted(group({ state: "muted", mutedUntil: "2026-11-21T12:00:00Z" }), NOW)).toBe(false);
  expect(isMuted(group({ state: "muted" }), NOW)).toBe(true);
});

test("a state is said in words", () => {
  expect(stateWords(group({ state: "muted" }), NOW)).toBe("Muted until resolved");
  expect(stateWords(group({ state: "muted", mutedUntil: "2026-11-20T12:00:00Z" }), NOW)).toBe("Counted");
  expect(stateWords(group({ state: "recovered" }), NOW)).toBe("Over");
});

test("what needs somebody comes first, then what is muted, then what is over; the newest of each first", () => {
  const groups = [
    group({ fingerprint: "over", state: "recovered", lastAt: "2026-11-21T11:59:00Z" }),
    group({ fingerprint: "old", lastAt: "2026-11-20T11:00:00Z" }),
    group({ fingerprint: "muted", state: "muted" }),
    group({ fingerprint: "new", state: "new" }),
  ];
  expect(inOrder(groups, NOW).map((one) => one.fingerprint)).toEqual(["new", "old", "muted", "over"]);
});

test("who fails is a function by its name, and anything else by what it is", () => {
  expect(subjectWords(group())).toBe("greet");
  expect(subjectWords(group({ function: null, subject: "site shop" }))).toBe("Site shop");
});

test("a mute ends so many hours from now, or never by itself", () => {
  expect(muteUntil(24, NOW)).toBe("2026-11-22T12:00:00.000Z");
  expect(muteUntil(null, NOW)).toBeNull();
});

test("a channel has a name and a URL", () => {
  expect(channelReasons("Ops", "discord://1/2")).toEqual({});
  expect(channelReasons("Ops", " mailtos://user:pass@example.com ")).toEqual({});
  expect(Object.keys(channelReasons(" ", "ops@example.com"))).toEqual(["name", "url"]);
});
