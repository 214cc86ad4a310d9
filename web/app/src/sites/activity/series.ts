/**
 * A site's minutes made ready to be drawn: every minute in its place, in steps, on round scales.
 *
 * Pure. A minute without news counts nothing, and says nothing about how long calls took.
 */
import type { SiteActivity } from "@callingcard/kit/api.ts";

const MINUTE_MS = 60_000;

/** A span that can be looked at: how many minutes, in steps of how many. */
export interface Span {
  name: string;
  minutes: number;
  step: number;
  /** How many minutes apart the axis says the time. */
  tick: number;
}

/** The spans that can be chosen. */
export const SPANS: readonly [Span, Span, Span] = [
  { name: "1 hour", minutes: 60, step: 1, tick: 15 },
  { name: "6 hours", minutes: 360, step: 5, tick: 60 },
  { name: "24 hours", minutes: 1440, step: 20, tick: 240 },
];

/** What happened in one step. Times are the mean of the minutes' medians, and the worst p95. */
export interface Point {
  at: number;
  issued: number;
  hits: number;
  calls: number;
  errors: number;
  p50: number | null;
  p95: number | null;
}

type Bucket = SiteActivity["buckets"][number];

/** Put *buckets* into the steps of *span* that end with the minute of *now*. */
export function pointsOf(buckets: readonly Bucket[], span: Span, now: number): Point[] {
  const stepMs = span.step * MINUTE_MS;
  const last = Math.floor(now / stepMs) * stepMs;
  const count = span.minutes / span.step;
  const first = last - (count - 1) * stepMs;
  const found = Array.from({ length: count }, (_, index) => emptyPoint(first + index * stepMs));
  const timed = new Map<Point, number>();
  for (const bucket of buckets) {
    const point = found[Math.floor((Date.parse(bucket.at) - first) / stepMs)];
    if (point) add(point, bucket, timed);
  }
  return found;
}

function emptyPoint(at: number): Point {
  return { at, issued: 0, hits: 0, calls: 0, errors: 0, p50: null, p95: null };
}

/** Count *bucket* into *point*; *timed* holds how many calls its median is made of so far. */
function add(point: Point, bucket: Bucket, timed: Map<Point, number>): void {
  point.issued += bucket.issued;
  point.hits += bucket.hits;
  point.calls += bucket.calls;
  point.errors += bucket.errors;
  if (bucket.p50Ms === null || bucket.p95Ms === null) return;
  const before = timed.get(point) ?? 0;
  timed.set(point, before + bucket.calls);
  point.p50 = ((point.p50 ?? 0) * before + bucket.p50Ms * bucket.calls) / (before + bucket.calls);
  point.p95 = Math.max(point.p95 ?? 0, bucket.p95Ms);
}

/** The top of a scale that holds *highest*: 1, 2 or 5 times a power of ten. */
export function roundUp(highest: number): number {
  if (highest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  return ([1, 2, 5].find((step) => step * power >= highest) ?? 10) * power;
}

/** Where the axis of *points* says the time, as shares of its width; none so near an end that it is cut. */
export function ticksOf(points: readonly Point[], span: Span): { at: number; share: number }[] {
  const first = points[0]?.at ?? 0;
  const offsetMs = new Date(first).getTimezoneOffset() * MINUTE_MS; // so that 24 h have a tick at the reader's noon
  const tickMs = span.tick * MINUTE_MS;
  const wholeMs = span.minutes * MINUTE_MS;
  const ticks: { at: number; share: number }[] = [];
  for (let at = Math.ceil((first - offsetMs) / tickMs) * tickMs + offsetMs; at < first + wholeMs; at += tickMs) {
    const share = (at - first) / wholeMs;
    if (share >= 0.06 && share <= 0.94) ticks.push({ at, share });
  }
  return ticks;
}

/** A line through *values* in a box of *width* by *height*, with a gap where there is none. */
export function linePath(values: readonly (number | null)[], top: number, width: number, height: number): string {
  const step = width / values.length;
  let path = "";
  values.forEach((value, index) => {
    if (value === null) return;
    const x = (index + 0.5) * step;
    const y = (height - (Math.min(value, top) / top) * height).toFixed(2);
    const begins = (values[index - 1] ?? null) === null;
    const ends = (values[index + 1] ?? null) === null;
    // A lone point has no length to be seen by, so it is drawn as long as its step.
    if (begins && ends) path += `M${(x - step / 2).toFixed(2)} ${y}h${step.toFixed(2)}`;
    else path += `${begins ? "M" : "L"}${x.toFixed(2)} ${y}`;
  });
  return path;
}
