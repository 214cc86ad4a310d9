import { describe, expect, test } from "vitest";

import { at, bucket } from "../samples.ts";
import { linePath, pointsOf, roundUp, SPANS, ticksOf } from "./series.ts";

const NOW = Date.parse(at(30)) + 12_000;

describe("minutes", () => {
  test("have a place each, quiet ones too", () => {
    const points = pointsOf([bucket(30, { issued: 3 }), bucket(-29, { issued: 1 })], SPANS[0], NOW);
    expect(points).toHaveLength(60);
    expect(points[59]).toMatchObject({ at: Date.parse(at(30)), issued: 3 });
    expect(points[0]).toMatchObject({ at: Date.parse(at(-29)), issued: 1 });
    expect(points.reduce((sum, point) => sum + point.issued, 0)).toBe(4);
  });

  test("before or after the span are left out", () => {
    const points = pointsOf([bucket(31, { issued: 3 }), bucket(-30, { issued: 1 })], SPANS[0], NOW);
    expect(points.every((point) => point.issued === 0)).toBe(true);
  });

  test("are summed in steps, and their times weighed by the calls", () => {
    const buckets = [
      bucket(20, { calls: 1, errors: 1, p50Ms: 100, p95Ms: 100 }),
      bucket(21, { calls: 3, p50Ms: 20, p95Ms: 400 }),
      bucket(22, { issued: 5, hits: 5 }),
    ];
    const step = pointsOf(buckets, SPANS[1], NOW).find((point) => point.at === Date.parse(at(20)));
    expect(step).toMatchObject({ calls: 4, errors: 1, issued: 5, hits: 5, p50: 40, p95: 400 });
  });

  test("without calls say nothing about how long calls take", () => {
    expect(pointsOf([], SPANS[2], NOW).every((point) => point.p50 === null && point.p95 === null)).toBe(true);
  });
});

test.each([
  [0, 1],
  [0.2, 0.2],
  [0.35, 0.5],
  [1, 1],
  [3, 5],
  [10, 10],
  [11, 20],
  [873, 1000],
])("a scale for %d ends at %d", (highest, top) => {
  expect(roundUp(highest)).toBeCloseTo(top);
});

describe("the time axis", () => {
  test("says whole quarters of an hour for one hour", () => {
    const span = SPANS[0];
    const ticks = ticksOf(pointsOf([], span, NOW), span);
    expect(ticks.map((tick) => tick.at)).toEqual([-15, 0, 15].map((minutes) => Date.parse(at(minutes))));
    expect(ticks[0]?.share).toBeCloseTo(14 / 60);
  });

  test("has few enough words for every span", () => {
    for (const span of SPANS) {
      const ticks = ticksOf(pointsOf([], span, NOW), span);
      expect(ticks.length).toBeGreaterThan(2);
      expect(ticks.length).toBeLessThan(8);
    }
  });
});

describe("a line", () => {
  test("breaks where there is nothing, and shows a lone point", () => {
    expect(linePath([1, null, 2, 0], 2, 400, 100)).toBe("M0.00 50.00h100.00M250.00 0.00L350.00 100.00");
  });

  test("stays in its box", () => {
    expect(linePath([9], 2, 400, 100)).toBe("M0.00 0.00h400.00");
  });
});
