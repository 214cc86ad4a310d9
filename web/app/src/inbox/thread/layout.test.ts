import { expect, test } from "vitest";

import { at, conversation, entry, GRACE, note } from "../samples.ts";
import { among, blocks, lastOwn } from "./layout.ts";

const shapeOf = (...given: Parameters<typeof blocks>) =>
  blocks(...given).map((block) => (block.kind === "group" ? block.entries.map((one) => one.seq) : block.kind));
const shape = (...entries: Parameters<typeof blocks>[0]) => shapeOf(entries);

test("lines written in one go stand together; another person or a pause begins anew", () => {
  expect(shape(entry(1), entry(2), entry(3, { author: GRACE }), entry(20))).toEqual(["day", [1, 2], [3], [20]]);
});

test("each day is named once", () => {
  const nextDay = new Date(Date.parse(at(0)) + 26 * 3_600_000).toISOString();
  expect(shape(entry(1), entry(2, { createdAt: nextDay }))).toEqual(["day", [1], "day", [2]]);
});

test("a change of status stands alone and parts what is around it", () => {
  const closed = entry(2, { type: "status", status: "closed", author: GRACE });
  expect(shape(entry(1), closed, entry(3))).toEqual(["day", [1], "status", [3]]);
});

test("delivery is told under this agent's own last line", () => {
  const other = { ...GRACE, id: "a2" };
  expect(lastOwn([entry(1, { author: GRACE }), entry(2, { author: other }), entry(3)], "a1")?.seq).toBe(1);
  expect(lastOwn([entry(1)], "a1")).toBeNull();
});

test("a note stands behind the line it came after, and parts what is around it", () => {
  const given = [note("n0", 0), note("n1", 1), note("n2", 1, { kind: "assignment" }), note("n9", 9)];
  expect(shapeOf([entry(1), entry(2)], given)).toEqual(["day", "note", [1], "note", "handing", [2], "note"]);
});

test("notes of lines that are not read yet wait for them", () => {
  expect(shapeOf([entry(5), entry(6)], [note("early", 2), note("late", 5)])).toEqual(["day", [5], "note", [6]]);
});

test("a merged conversation stands where it began: before, between or after", () => {
  const merged = [0, 2, 5].map((minute) => conversation(`m${minute}`, { createdAt: at(minute) }));
  const set = blocks([entry(1), entry(2, { author: GRACE, createdAt: at(3) }), entry(3, { type: "status", status: "closed", createdAt: at(4) })]);
  expect(among(set, merged).map((block) => block.key)).toEqual(["m0", "day-m_1", "m_1", "m2", "m_2", "m_3", "m5"]);
  expect(among(set, [])).toEqual(set);
});

test("a conversation with notes alone shows them", () => {
  expect(shapeOf([], [note("n1", 0)])).toEqual(["day", "note"]);
});
