/** Functions, runs and calls for tests: plain, and changed where a test cares. */
import type { FunctionDetails, RunCall, RunShown } from "./types.ts";

/** A call to HubSpot that went well, unless *changes* says otherwise. */
export function call(changes: Partial<RunCall> = {}): RunCall {
  return {
    kind: "connector",
    name: "hubspot",
    operation: "create_token",
    status: null,
    startMs: 0,
    durationMs: 10,
    error: null,
    ...changes,
  };
}

/** A run in the editor that returned a token. */
export function run(changes: Partial<RunShown> = {}): RunShown {
  return {
    id: "run_1",
    function: "greet",
    version: "v1",
    versionNumber: 1,
    trigger: "editor",
    state: "succeeded",
    startedAt: "2026-11-21T09:00:00Z",
    durationMs: 120,
    start: "warm",
    error: null,
    fingerprint: null,
    input: { email: "ada@example.com" },
    output: { token: "…" },
    log: "",
    calls: [],
    queueMs: 0,
    cpuMs: 8,
    memoryBytes: 12_000_000,
    frames: [],
    replayOf: null,
    extra: {},
    ...changes,
  };
}

/** A deployed function that visitors call. */
export function details(changes: Partial<FunctionDetails> = {}): FunctionDetails {
  return {
    name: "greet",
    description: "Greets the visitor by name.",
    version: { id: "v1", number: 1, deployedAt: "2026-11-21T08:00:00Z", deployedBy: "agent a1" },
    draft: false,
    triggers: [{ kind: "http", method: "POST", auth: "visitor", site: "shop", url: "https://desk.example/v1/functions/greet" }],
    connectors: ["hubspot"],
    storage: ["tokens"],
    problems: [],
    activity: { runs24h: 0, errors24h: 0, p50Ms: null, p95Ms: null, lastRunAt: null, hours: [] },
    source: "def main(email: str):\n    return email\n",
    draftSource: null,
    draftSavedAt: null,
    manifest: { timeoutMs: 5000, memoryBytes: 134_217_728, onError: "fail", sensitive: [], dependencies: [] },
    schema: { type: "object", properties: { email: { type: "string" } }, required: ["email"] },
    returns: {},
    ...changes,
  };
}
