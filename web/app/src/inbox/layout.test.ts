import { expect, test } from "vitest";

import { blocks, lastOwn, statusWords } from "./layout.ts";
import { at, entry, GRACE } from "./samples.ts";

const shape = (...entries: Parameters<typeof blocks>[0]) =>
  blocks(entries).map((block) => (block.kind === "group" ? block.entries.map((one) => one.seq) : block.kind));

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
  expect(statusWords(closed)).toBe("Grace closed this conversation");
  expect(statusWords({ ...closed, status: "open", author: { kind: "system", id: "", name: "" } })).toBe(
    "Callingcard reopened this conversation",
  );
});

test("delivery is told under this agent's own last line", () => {
  const other = { ...GRACE, id: "a2" };
  expect(lastOwn([entry(1, { author: GRACE }), entry(2, { author: other }), entry(3)], "a1")?.seq).toBe(1);
  expect(lastOwn([entry(1)], "a1")).toBeNull();
});
