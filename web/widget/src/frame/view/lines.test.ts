import { expect, test } from "vitest";
import type { Outgoing } from "@callingcard/kit/sync/outbox.ts";
import type { Entry } from "../protocol.ts";
import { inOrder, linesOf } from "./lines.ts";

const NOON = new Date(2030, 0, 2, 12);
const at = (minutes: number) => new Date(NOON.getTime() + minutes * 60_000).toISOString();

function entry(seq: number, minutes: number, more: Partial<Entry> = {}): Entry {
  return {
    seq, id: `m_${seq}`, type: "message", clientMessageId: null, data: null, status: null, text: `text ${seq}`, createdAt: at(minutes),
    author: { kind: "agent", id: "a", name: "Mia" }, ...more,
  };
}
const visitor = { kind: "visitor", id: "v", name: "Ada" } as const;
const letter = (id: string): Outgoing => ({ id, text: "on its way", at: at(20), state: "sending", reason: null });
const brief = (...args: Parameters<typeof linesOf>) =>
  linesOf(...args).map((line) => (line.kind === "message" ? `${line.author ?? "-"}: ${line.text}${line.delivered ? " ✓" : ""}` : `${line.kind} ${line.text}`));

test("messages in a row name their author once, until a pause or another author", () => {
  expect(brief([], [entry(1, 0), entry(2, 1), entry(3, 9), entry(4, 10, { author: visitor })], [], NOON)).toEqual([
    "day Today", "Mia: text 1", "-: text 2", "Mia: text 3", "You: text 4 ✓",
  ]);
});

test("a new day begins with its name", () => {
  expect(brief([], [entry(1, -24 * 60), entry(2, 0)], [], NOON)).toEqual(["day Yesterday", "Mia: text 1", "day Today", "Mia: text 2"]);
});

test("closing is a note", () => {
  expect(brief([], [entry(1, 0, { type: "status", status: "closed" })], [], NOON)[1]).toBe("note This conversation was closed. Write to reopen it.");
  const merged = entry(1, 0, { type: "status", status: "open", data: { merge: { from: "7" } } });
  expect(brief([], [merged], [], NOON)[1]).toBe("note Another conversation of yours goes on here.");
});

test("what was said in a merged conversation stands at its time", () => {
  const here = [entry(1, -60), entry(2, 10)];
  const there = [entry(1, -30, { id: "x_1", text: "there" })];
  expect(brief([], inOrder(there, here), [], NOON)).toEqual(["day Today", "Mia: text 1", "Mia: there", "Mia: text 2"]);
  expect(inOrder([], here)).toBe(here);
});

test("what the bot said first is the greeting, under the same keys before and after it is kept", () => {
  const bot = { kind: "bot", id: "support", name: "Ink & Paper" } as const;
  const says = [{ text: "text 1", data: null }, { text: "text 2", data: null }];
  const before = linesOf(says, [], [], NOON);
  const after = linesOf([{ text: "today's welcome", data: null }], [entry(1, 0, { author: bot }), entry(2, 0, { author: bot }), entry(3, 0, { author: visitor })], [], NOON);
  expect(before.map(({ kind, key }) => [kind, key])).toEqual([["greeting", "greeting-0"], ["greeting", "greeting-1"]]);
  expect(after.slice(0, 2)).toEqual(before);
  expect(after.slice(2).map(({ kind }) => kind)).toEqual(["day", "message"]);
});

test("a program never speaks under a person's name", () => {
  const [bot, agent] = (["bot", "agent"] as const).map((kind) => ({ author: { kind, id: kind, name: "Mia" } }));
  expect(brief([], [entry(1, 0, { author: visitor }), entry(2, 0, bot), entry(3, 0, agent)], [], NOON).slice(1)).toEqual(["You: text 1 ✓", "Automatic reply: text 2", "Mia: text 3"]);
});

test("a letter stands below the entries until its echo takes its place under the same key", () => {
  const before = linesOf([], [entry(1, 0)], [letter("c1")], NOON).at(-1);
  const after = linesOf([], [entry(1, 0), entry(2, 20, { author: visitor, clientMessageId: "c1" })], [letter("c1")], NOON);
  expect(after.filter((line) => line.key === "c1")).toHaveLength(1);
  expect([before?.key, after.at(-1)?.key]).toEqual(["c1", "c1"]);
});
