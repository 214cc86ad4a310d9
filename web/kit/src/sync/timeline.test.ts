import { expect, test } from "vitest";
import { insert } from "./timeline.ts";

const at = (seq: number) => ({ seq });

test("entries stand in the order of their numbers however they come", () => {
  const entries = [3, 1, 2, 5, 4].map(at).reduce<readonly { seq: number }[]>(insert, []);
  expect(entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5]);
});

test("a known entry changes nothing, not even the list", () => {
  const entries = [at(1), at(2)];
  expect(insert(entries, at(1))).toBe(entries);
});
