/** The calls to the server about runs. */
import type { RunShown } from "../functions/types.ts";
import { call } from "../session/session.ts";
import type { RunPage } from "./run-list.ts";

const RUN_MS = 10 * 60_000; // longer than any function may take, with its turn to wait for

/** The address of one run in the API. */
export function runPath(id: string): string {
  return `/v1/admin/runs/${encodeURIComponent(id)}`;
}

/** Read some runs. */
export function readRuns(path: string, signal: AbortSignal): Promise<RunPage> {
  return call<RunPage>(path, { signal });
}

/** Read one run with all that is kept of it. */
export function readRun(path: string, signal: AbortSignal): Promise<RunShown> {
  return call<RunShown>(path, { signal });
}

/** Run the current version with the input of the run *id*; the same *key* never runs twice. */
export function replayRun(id: string, key: string): Promise<RunShown> {
  return call(`${runPath(id)}/replay`, { method: "POST", body: { idempotencyKey: key }, timeoutMs: RUN_MS });
}

/** Call *told* whenever a run of the function *name* begins or ends; return what ends that. */
export function listen(name: string, told: () => void): () => void {
  // The session is a cookie, so the browser's own reader can be used, which comes back by itself.
  const source = new EventSource(`/v1/admin/functions/${encodeURIComponent(name)}/logs`);
  source.addEventListener("run", told);
  return () => {
    source.close();
  };
}
