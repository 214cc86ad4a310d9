import { expect, test } from "vitest";

import { bars } from "./bars.ts";

const hour = (runs: number, errors = 0) => ({ at: `${runs}-${errors}`, runs, errors });

test("the busiest hour is as tall as the box, the others in proportion", () => {
  expect(bars([hour(40), hour(10), hour(0)], 24).map((bar) => bar.runs)).toEqual([24, 6, 0]);
});

test("a single run and a single error among thousands are seen", () => {
  expect(bars([hour(9000, 1), hour(1)], 24)).toEqual([
    { runs: 24, errors: 2 },
    { runs: 2, errors: 0 },
  ]);
});

test("a day without runs has no bars", () => {
  expect(bars([hour(0), hour(0)], 24)).toEqual([
    { runs: 0, errors: 0 },
    { runs: 0, errors: 0 },
  ]);
});
