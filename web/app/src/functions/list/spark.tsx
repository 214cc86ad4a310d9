/** A function's day in the space of a word: a bar an hour, the failed part of it in red. */
import type { FunctionShown } from "../types.ts";
import { clock } from "../../ui/time.ts";
import { dayWords } from "../words.ts";
import { bars } from "./bars.ts";

const HEIGHT = 24;
const STEP = 5;

/** Draw the hours of *activity*, with the same in numbers for those who do not see it. */
export function Spark({ activity, name }: { activity: FunctionShown["activity"]; name: string }) {
  const { hours } = activity;
  const told = hours.filter((hour) => hour.runs > 0);
  const width = Math.max(1, hours.length) * STEP;
  return (
    <>
      <span class="spark" title={dayWords(activity)}>
        <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
          <path class="spark-floor" d={`M0 ${HEIGHT - 0.5}H${width}`} />
          {bars(hours, HEIGHT).map((bar, index) => (
            <g key={hours[index]?.at}>
              {bar.runs > 0 && <rect class="spark-runs" x={index * STEP} y={HEIGHT - bar.runs} width={STEP - 1} height={bar.runs} />}
              {bar.errors > 0 && (
                <rect class="spark-errors" x={index * STEP} y={HEIGHT - bar.errors} width={STEP - 1} height={bar.errors} />
              )}
            </g>
          ))}
        </svg>
        <span class="spark-count">{activity.runs24h.toLocaleString()}</span>
      </span>
      {told.length > 0 && (
        <table class="sr-only">
          <caption>{`${name}: ${dayWords(activity)}`}</caption>
          <tbody>
            {told.map((hour) => (
              <tr key={hour.at}>
                <th scope="row">{clock(new Date(hour.at))}</th>
                <td>{hour.runs} runs</td>
                <td>{hour.errors} errors</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
