import { expect, test } from "vitest";
import { dayOf, launcherLabel, sealLine, sealReason } from "./words.ts";

test("the launcher tells how many messages wait", () => {
  expect([0, 1, 2].map(launcherLabel)).toEqual(["Open chat", "Open chat, 1 unread message", "Open chat, 2 unread messages"]);
});

test("the seal's words say who we think it is, with a name or without", () => {
  const contact = { firstName: "Ada" };
  expect(sealLine({ evidence: "signed", contact })).toBe("Signed in as Ada");
  expect(sealLine({ evidence: "signed", contact: { firstName: "" } })).toBe("Signed in");
  expect(sealLine({ evidence: "claimed", contact: null })).toBe("Address not confirmed");
  expect(sealLine({ evidence: "anonymous", contact: null })).toBe("Not signed in");
});

test("and why", () => {
  expect(sealReason({ evidence: "signed", signedBy: "key 2026-11", signedUntil: null })).toBe("Signed by this site, key 2026-11");
  expect(sealReason({ evidence: "anonymous", signedBy: null, signedUntil: null })).toBe("We do not know who you are");
});

test("days are near words, then dates, with the year when it is another", () => {
  const now = new Date(2030, 0, 2, 0, 30);
  expect(dayOf(new Date(2030, 0, 2, 0, 1).toISOString(), now)).toBe("Today");
  expect(dayOf(new Date(2030, 0, 1, 23, 59).toISOString(), now)).toBe("Yesterday");
  expect(dayOf(new Date(2029, 11, 30).toISOString(), now)).toContain("2029");
});
