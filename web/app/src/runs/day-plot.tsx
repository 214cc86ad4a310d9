/** How often a function ran in each hour of the last day, and how often it failed. */
import type { FunctionShown } from "../functions/types.ts";
import { dayWords, duration } from "../functions/words.ts";
import { Plot } from "../sites/activity/plot.tsx";
import type { Point, Span } from "../sites/activity/series.ts";

const SPAN: Span = { name: "24 hours", minutes: 1440, step: 60, tick: 240 };

/** Plot the day of *shown*. */
export function DayPlot({ shown }: { shown: FunctionShown }) {
  const { activity } = shown;
  if (activity.hours.length === 0) return null;
  const times = activity.p95Ms === null ? "" : ` 95 of 100 took at most ${duration(activity.p95Ms)}.`;
  return (
    <div class="run-plot">
      <Plot
        title="Runs"
        unit=""
        shape="bar"
        series={[
          { name: "Runs", tone: "ink", of: (point) => point.calls },
          { name: "Failed", tone: "danger", of: (point) => point.errors },
        ]}
        points={pointsOf(shown)}
        span={SPAN}
        total={`${dayWords(activity)}.${times}`}
      />
    </div>
  );
}

function pointsOf(shown: FunctionShown): Point[] {
  return shown.activity.hours.map(({ at, runs, errors }) => ({
    at: Date.parse(at),
    issued: 0,
    hits: 0,
    calls: runs,
    errors,
    p50: null,
    p95: null,
  }));
}
