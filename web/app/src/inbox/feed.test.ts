import { describe, expect, test } from "vitest";

import {
  EMPTY,
  leavesGap,
  listed,
  mergedInto,
  nameOf,
  unreadCount,
  withConversations,
  withEntries,
  withEntry,
  withNotes,
  withRead,
  type Inbox,
} from "./feed.ts";
import { at, conversation, entry, GRACE, note } from "./samples.ts";
import type { View } from "./types.ts";

function known(...conversations: Parameters<typeof conversation>[]): Inbox {
  return withConversations(EMPTY, conversations.map((one) => conversation(...one)));
}
const OWN = { id: "a1", teams: new Set(["sales"]) };
const ids = (inbox: Inbox, view: View = "all") => listed(inbox, view, OWN).map((one) => one.id);

describe("what was merged", () => {
  const inbox = known(
    ["survivor"],
    ["later", { mergedInto: "survivor", createdAt: at(2) }],
    ["earliest", { mergedInto: "later", createdAt: at(1) }],
    ["other", { mergedInto: "elsewhere" }],
  );

  test("goes on in the survivor, through as many merges, the oldest first", () => {
    expect(mergedInto(inbox, "survivor").map((one) => one.id)).toEqual(["earliest", "later"]);
    expect(mergedInto(inbox, "earliest")).toEqual([]);
  });

  test("is parted again by news, and not by what was read before them", () => {
    const parted = withConversations(inbox, [conversation("later", { updatedAt: at(9) })]);
    const late = withConversations(parted, [conversation("later", { mergedInto: "survivor", updatedAt: at(8) })]);
    expect(mergedInto(late, "survivor")).toEqual([]);
  });
});

describe("a message by the visitor", () => {
  const inbox = withEntry(known(["a", { updatedAt: at(2) }], ["b", { updatedAt: at(3) }]), "a", entry(1, { createdAt: at(5) }));

  test("moves its conversation to the top", () => {
    expect(ids(inbox)).toEqual(["a", "b"]);
  });

  test("is unread, waits for an answer, and is the last line", () => {
    expect(inbox.conversations.get("a")).toMatchObject({
      head: 1,
      unread: 1,
      waitingSince: at(5),
      updatedAt: at(5),
      lastEntry: { text: "line 1" },
    });
    expect(unreadCount(inbox)).toBe(1);
  });

  test("that comes twice counts once", () => {
    expect(withEntry(inbox, "a", entry(1)).conversations.get("a")?.unread).toBe(1);
  });

  test("does not restart the wait", () => {
    const twice = withEntry(inbox, "a", entry(2, { createdAt: at(9) }));
    expect(twice.conversations.get("a")).toMatchObject({ unread: 2, waitingSince: at(5) });
  });
});

test("an answer ends the wait; a system message does not", () => {
  const waiting = withEntry(known(["a"]), "a", entry(1));
  const told = withEntry(waiting, "a", entry(2, { author: { kind: "system", id: "", name: "" } }));
  expect(told.conversations.get("a")?.waitingSince).toBe(at(1));
  expect(withEntry(told, "a", entry(3, { author: GRACE })).conversations.get("a")?.waitingSince).toBeNull();
});

test("closing moves a conversation to its view and ends the wait, reopening brings it back", () => {
  const status = { type: "status", text: "", author: GRACE } as const;
  const closed = withEntry(withEntry(known(["a"]), "a", entry(1)), "a", entry(2, { ...status, status: "closed" }));
  expect([ids(closed), ids(closed, "closed"), ids(closed, "waiting")]).toEqual([[], ["a"], []]);
  expect(closed.conversations.get("a")?.waitingSince).toBeNull();
  expect(ids(withEntry(closed, "a", entry(3, { ...status, status: "open" })))).toEqual(["a"]);
});

describe("a thread", () => {
  const open = withEntries(known(["a", { head: 2 }]), "a", [entry(1), entry(2)]);
  const seqs = (inbox: Inbox) => inbox.threads.get("a")?.map((one) => one.seq);

  test("grows with the feed", () => {
    expect(seqs(withEntry(open, "a", entry(3)))).toEqual([1, 2, 3]);
  });

  test("takes earlier entries at their place, each once", () => {
    const late = withEntries(known(["a", { head: 4 }]), "a", [entry(3), entry(4)]);
    expect(seqs(withEntries(late, "a", [entry(2), entry(3), entry(1)]))).toEqual([1, 2, 3, 4]);
  });

  test("opened before anything was said begins with the first line", () => {
    expect(seqs(withEntry(withEntries(known(["a"]), "a", []), "a", entry(1)))).toEqual([1]);
  });

  test("that nobody opened is not kept", () => {
    expect(withEntry(known(["a"]), "a", entry(1)).threads.size).toBe(0);
  });

  test("notices when something is missing", () => {
    expect([leavesGap(open, "a", entry(3)), leavesGap(open, "a", entry(4)), leavesGap(EMPTY, "a", entry(4))]).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe("what the server says about a conversation", () => {
  const live = withEntry(known(["a"]), "a", entry(1));

  test("does not undo entries that came after it was read", () => {
    const stale = withConversations(live, [conversation("a", { evidence: "signed", visitorReadSeq: 1 })]);
    expect(stale.conversations.get("a")).toMatchObject({ head: 1, unread: 1, evidence: "signed", visitorReadSeq: 1 });
  });

  test("replaces what was known when it is newer", () => {
    const fresh = withConversations(live, [conversation("a", { head: 2, unread: 0, agentReadSeq: 2, status: "closed" })]);
    expect(fresh.conversations.get("a")).toMatchObject({ head: 2, unread: 0, status: "closed" });
  });

  test("does not bring back an unread mark that was just cleared here", () => {
    const read = withRead(live, "a", 1);
    const late = withConversations(read, [conversation("a", { head: 1, unread: 1, agentReadSeq: 0 })]);
    expect(late.conversations.get("a")).toMatchObject({ unread: 0, agentReadSeq: 1 });
  });
});

test("reading clears the mark only up to what was read, and never goes back", () => {
  const two = withEntry(withEntry(known(["a"]), "a", entry(1)), "a", entry(2));
  expect(withRead(two, "a", 1).conversations.get("a")).toMatchObject({ agentReadSeq: 1, unread: 2 });
  const all = withRead(two, "a", 2);
  expect(all.conversations.get("a")?.unread).toBe(0);
  expect(withRead(all, "a", 1)).toBe(all);
});

test("each view holds what the server counts in it", () => {
  const inbox = known(
    ["mine", { assignedTo: "a1", team: "sales" }],
    ["hers", { assignedTo: "a2", team: "sales" }],
    ["free", { waitingSince: at(1) }],
    ["elsewhere", { team: "support", waitingSince: at(1) }],
    ["over", { status: "closed", assignedTo: "a1", team: "sales" }],
    ["away", { archived: true, assignedTo: "a1" }],
  );
  expect(ids(inbox, "mine")).toEqual(["mine"]);
  expect(ids(inbox, "team")).toEqual(["mine", "hers"]);
  expect(ids(inbox, "unassigned")).toEqual(["free", "elsewhere"]);
  expect(ids(inbox, "waiting")).toEqual(["free", "elsewhere"]);
  expect(ids(inbox, "all")).toEqual(["mine", "hers", "free", "elsewhere"]);
  expect(ids(inbox, "closed")).toEqual(["over"]);
});

test("whose a conversation is does not go back to what an older answer says", () => {
  const given = known(["a", { assignedTo: "a1", updatedAt: at(5) }]);
  const late = withConversations(given, [conversation("a", { assignedTo: null, updatedAt: at(4) })]);
  expect(late.conversations.get("a")).toMatchObject({ assignedTo: "a1", updatedAt: at(5) });
  const newer = withConversations(late, [conversation("a", { assignedTo: "a2", updatedAt: at(6) })]);
  expect(newer.conversations.get("a")?.assignedTo).toBe("a2");
});

test("notes stand in the order of what they came after, each once", () => {
  const first = withNotes(EMPTY, "a", [note("n2", 2), note("n1", 1)]);
  const both = withNotes(first, "a", [note("n3", 2, { createdAt: at(9) }), note("n1", 1)]);
  expect(both.notes.get("a")?.map((one) => one.id)).toEqual(["n1", "n2", "n3"]);
});

test("a visitor without a name is called by address, or simply visitor", () => {
  expect(nameOf(conversation("a", { visitor: { name: "", email: "x@example.com" } }))).toBe("x@example.com");
  expect(nameOf(conversation("a", { visitor: { name: "", email: null } }))).toBe("Visitor");
});
