import { expect, test } from "vitest";

import type { ContactDetail, Deed, Merge } from "../types.ts";
import { timelineOf } from "./timeline.ts";

const at = (day: number) => `2026-11-${String(day).padStart(2, "0")}T09:00:00Z`;
const CONTACT: ContactDetail = {
  id: "1",
  email: null,
  firstName: "Ada",
  lastName: null,
  evidence: "signed",
  properties: {},
  createdAt: at(1),
  updatedAt: at(8),
  conversations: [{ id: "7", status: "closed", lastText: null, updatedAt: at(5) }],
};
const MERGE: Merge = {
  id: "mrg_1",
  survivorId: "1",
  otherId: "2",
  by: "agent 700",
  at: at(3),
  undoUntil: null,
  undoneAt: at(4),
  undoneBy: "agent 701",
};
const deed = (seq: number, action: string): Deed => ({
  seq,
  action,
  at: at(6),
  whoKind: "agent",
  whoId: "700",
  kind: "contact",
  id: "1",
  detail: {},
  hash: "",
});

test("everything stands in its order, newest first, and each once", () => {
  const events = timelineOf(CONTACT, [MERGE], [deed(1, "exported"), deed(2, "viewed"), deed(3, "merged")]);
  expect(events.map((one) => one.kind)).toEqual(["changed", "deed", "conversation", "parting", "merge", "known"]);
});

test("somebody of whom nothing else is known was at least seen once", () => {
  const events = timelineOf({ ...CONTACT, conversations: [], updatedAt: at(1) }, [], []);
  expect(events.map((one) => one.kind)).toEqual(["known"]);
});
