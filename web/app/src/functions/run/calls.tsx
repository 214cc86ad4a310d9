/** The calls of a run as a waterfall, which is a table at the same time. */
import type { RunCall } from "../types.ts";
import { duration } from "../words.ts";
import { callOutcome, layOut } from "./waterfall.ts";

/** Show *calls* of a run that took *totalMs*. */
export function Calls({ calls, totalMs }: { calls: readonly RunCall[]; totalMs: number | null }) {
  const { spanMs, bars } = layOut(calls, totalMs);
  return (
    <div class="calls-scroll" tabIndex={0} role="region" aria-label="Calls">
      <table class="calls">
        <thead>
          <tr>
            <th scope="col">Call</th>
            <th scope="col">Outcome</th>
            <th scope="col" class="number">After</th>
            <th scope="col" class="number">Took</th>
            <th scope="col" class="calls-bars" aria-hidden="true">
              <span>0</span>
              <span>{duration(spanMs)}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call, index) => {
            const outcome = callOutcome(call);
            const bar = bars[index] ?? { from: 0, width: 0 };
            return (
              <tr key={index}>
                <th scope="row">
                  <code>
                    {call.name}.{call.operation}
                  </code>
                  {call.kind === "storage" && <span class="badge">Storage</span>}
                </th>
                <td class={outcome.isProblem ? "text-danger" : ""}>{outcome.text}</td>
                <td class="number">{duration(call.startMs)}</td>
                <td class="number">{duration(call.durationMs)}</td>
                <td class="calls-bars" aria-hidden="true">
                  <svg viewBox="0 0 1000 10" preserveAspectRatio="none">
                    <rect
                      class={outcome.isProblem ? "calls-bar calls-bar-failed" : "calls-bar"}
                      data-kind={call.kind}
                      x={bar.from * 1000}
                      width={bar.width * 1000}
                      height="10"
                    />
                  </svg>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
