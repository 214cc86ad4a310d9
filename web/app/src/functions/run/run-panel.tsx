/** What came of the last run in the editor. */
import { Failure } from "../../ui/states.tsx";
import { count, duration, STATES } from "../words.ts";
import { RunReport } from "./run-report.tsx";
import type { Runner, RunningState } from "./runner.ts";

/** Show the state of *runner*; *goTo* leads to a line of the source. */
export function RunPanel(props: { runner: Runner; sensitive: readonly string[]; goTo: (line: number) => void }) {
  const state = props.runner.state.value;
  return (
    <section class="run-panel" aria-label="Result">
      <p class="sr-only" role="status">
        {said(state)}
      </p>
      {state.kind === "none" && <p class="run-nothing text-muted">Run it to see its result, its log and its calls here.</p>}
      {state.kind === "running" && <p class="run-nothing text-muted">Running</p>}
      {state.kind === "failed" && <Failure problem={state.problem} />}
      {state.kind === "done" && <RunReport run={state.run} sensitive={props.sensitive} goTo={props.goTo} />}
    </section>
  );
}

/** What a screen reader says about a run, as it begins and as it ends. */
function said(state: RunningState): string {
  if (state.kind === "running") return "Running";
  if (state.kind !== "done") return ""; // a problem is an alert by itself
  const { run } = state;
  const calls = run.calls.length > 0 ? ` with ${count(run.calls.length, "call")}` : "";
  const error = run.error ? ` ${run.error.type}: ${run.error.message}` : "";
  return `${STATES[run.state]} in ${duration(run.durationMs)}${calls}.${error}`;
}
