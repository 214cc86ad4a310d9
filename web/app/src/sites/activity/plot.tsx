/**
 * One plot: lines or bars over time, with its axes, its key, and its numbers as a table.
 *
 * Drawn by hand: the lines stretch with the page while the letters keep their size, and the
 * height is the same with much, little or nothing to show, so that nothing jumps.
 */
import { useId } from "preact/hooks";

import { clock } from "../../ui/time.ts";
import { linePath, roundUp, ticksOf, type Point, type Span } from "./series.ts";

const WIDTH = 600;
const HEIGHT = 120;

/** One run of numbers in a plot. The second is dashed: colour alone says nothing. */
export interface Series {
  name: string;
  of: (point: Point) => number | null;
  tone: "accent" | "ink" | "danger";
}

/** Draw *series* of *points*; *total* says in words what the plot comes to. */
export function Plot(props: {
  title: string;
  unit: string;
  shape: "line" | "bar";
  series: readonly [Series, Series];
  points: readonly Point[];
  span: Span;
  total: string;
}) {
  const { series, points, span, shape, unit } = props;
  const id = useId();
  const values = series.map((one) => points.map(one.of));
  const highest = Math.max(0, ...values.flat().map((value) => value ?? 0));
  const top = roundUp(highest);
  const isCount = unit === ""; // of which there are no halves
  const drawn = highest > 0 ? series : []; // a line along the bottom would look like news
  return (
    <section class="plot" aria-labelledby={`${id}-title`}>
      <div class="plot-head">
        <h3 class="plot-title" id={`${id}-title`}>
          {props.title}
        </h3>
        <Key series={series} shape={shape} />
      </div>
      <div class="plot-box">
        <div class="plot-y" aria-hidden="true">
          <span>
            {top.toLocaleString()} {unit}
          </span>
          <span>{isCount && top % 2 > 0 ? "" : (top / 2).toLocaleString()}</span>
          <span>0</span>
        </div>
        <svg
          class="plot-area"
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-labelledby={`${id}-name ${id}-desc`}
        >
          <title id={`${id}-name`}>{`${props.title}, last ${span.name}`}</title>
          <desc id={`${id}-desc`}>{props.total}</desc>
          <path class="plot-grid" d={`M0 0H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT}H${WIDTH}`} />
          {drawn.map((one, index) =>
            shape === "line" ? (
              <path
                key={one.name}
                class="plot-line"
                data-tone={one.tone}
                data-dashed={index === 1}
                d={linePath(values[index] ?? [], top, WIDTH, HEIGHT)}
              />
            ) : (
              <path key={one.name} class="plot-bar" data-tone={one.tone} d={barsPath(values[index] ?? [], top)} />
            ),
          )}
        </svg>
        {highest === 0 && <p class="plot-nothing">Nothing in this time</p>}
        <div class="plot-x" aria-hidden="true">
          {ticksOf(points, span).map((tick) => (
            <span key={tick.at} style={{ insetInlineStart: `${tick.share * 100}%` }}>
              {clock(new Date(tick.at))}
            </span>
          ))}
        </div>
      </div>
      <p class="plot-total">{props.total}</p>
      <Numbers {...props} />
    </section>
  );
}

function Key({ series, shape }: { series: readonly Series[]; shape: "line" | "bar" }) {
  return (
    <ul class="plot-key">
      {series.map((one, index) => (
        <li key={one.name}>
          <svg width="16" height="8" viewBox="0 0 16 8" aria-hidden="true">
            {shape === "line" ? (
              <path class="plot-line" data-tone={one.tone} data-dashed={index === 1} d="M1 4H15" />
            ) : (
              <path class="plot-bar" data-tone={one.tone} d="M4 0h8v8H4z" />
            )}
          </svg>
          {one.name}
        </li>
      ))}
    </ul>
  );
}

function Numbers({ title, unit, series, points }: Parameters<typeof Plot>[0]) {
  const told = points.filter((point) => series.some((one) => (one.of(point) ?? 0) > 0)).reverse();
  return (
    <details class="plot-numbers">
      <summary>Show as a table</summary>
      {told.length === 0 ? (
        <p class="text-muted">Nothing in this time.</p>
      ) : (
        <div class="plot-scroll" tabIndex={0} role="region" aria-label={`${title}, in numbers`}>
          <table class="numbers">
            <thead>
              <tr>
                <th scope="col">Time</th>
                {series.map((one) => (
                  <th scope="col" key={one.name}>
                    {one.name}
                    {unit === "ms" ? " (ms)" : ""}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {told.map((point) => (
                <tr key={point.at}>
                  <th scope="row">{clock(new Date(point.at))}</th>
                  {series.map((one) => (
                    <td key={one.name}>{shown(one.of(point))}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}

function shown(value: number | null): string {
  return value === null ? "" : value.toLocaleString(undefined, { maximumFractionDigits: 1 });
}

/** A bar for every value, as wide as most of its step. */
function barsPath(values: readonly (number | null)[], top: number): string {
  const step = WIDTH / values.length;
  return values
    .map((value, index) => {
      if (!value) return "";
      const height = (Math.min(value, top) / top) * HEIGHT;
      const x = index * step + step * 0.15;
      return `M${x.toFixed(2)} ${HEIGHT}v${(-height).toFixed(2)}h${(step * 0.7).toFixed(2)}V${HEIGHT}z`;
    })
    .join("");
}
