import { expect, test } from "vitest";

import { tidy } from "./spans.tsx";

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
