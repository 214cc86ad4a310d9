import { expect, test } from "vitest";

import { labelOf, reasonFor } from "./evidence.ts";

const now = new Date(2026, 10, 21, 12, 0);
const tonight = new Date(2026, 10, 21, 23, 40).toISOString();
const yesterday = new Date(2026, 10, 20, 23, 40).toISOString();

test("a signature names its key and its end", () => {
  expect(reasonFor("signed", { signedBy: "key 2026-11", signedUntil: tonight }, now)).toBe(
    "Signed by key 2026-11, until 23:40",
  );
});

test("a signature that ended another day says which day", () => {
  const reason = reasonFor("signed", { signedBy: "key 2026-11", signedUntil: yesterday }, now);
  expect(reason).toContain("20");
  expect(reason).toContain("23:40");
});

test("a signature without an end or a name still gives a reason", () => {
  expect(reasonFor("signed", { signedBy: "key 2026-11" }, now)).toBe("Signed by key 2026-11");
  expect(reasonFor("signed")).toBe("Vouched for by the site they signed in to");
});

test("a leftover signature is not shown for lower evidence", () => {
  expect(reasonFor("claimed", { signedBy: "key 2026-11" })).toBe("Gave this address; nothing proves it");
});

test("every level has its word", () => {
  expect((["anonymous", "claimed", "verified", "signed"] as const).map(labelOf)).toEqual([
    "Anonymous",
    "Claimed",
    "Verified",
    "Signed",
  ]);
});
