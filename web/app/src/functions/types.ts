/**
 * The shapes that travel between the server and the pages about functions.
 *
 * Times are RFC 3339 in UTC and stay text until something shows them; durations are in
 * milliseconds.
 */

/** Any JSON. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** How to call a function from somewhere, to be copied. */
export interface Snippet {
  language: "javascript" | "curl" | "python";
  code: string;
}

/** What makes a function run; only the members of its kind are there. */
export interface Trigger {
  kind: "http" | "schedule" | "event";
  method?: "GET" | "POST" | null;
  auth?: "visitor" | "key" | "public" | null;
  site?: string | null;
  origins?: string[] | null;
  url?: string | null;
  cron?: string | null;
  zone?: string | null;
  nextAt?: string | null;
  lastAt?: string | null;
  missed?: number | null;
  event?: string | null;
  snippets?: Snippet[] | null;
}

/** One hour of a function. */
export interface Hour {
  at: string;
  runs: number;
  errors: number;
}

/** What a function did in the last 24 hours. */
export interface Activity {
  runs24h: number;
  errors24h: number;
  p50Ms: number | null;
  p95Ms: number | null;
  lastRunAt: string | null;
  hours: Hour[];
}

/** A function at a glance. */
export interface FunctionShown {
  name: string;
  description: string;
  version: { id: string; number: number; deployedAt: string; deployedBy: string } | null;
  draft: boolean;
  triggers: Trigger[];
  connectors: string[];
  storage: string[];
  problems: string[];
  activity: Activity;
}

/** What a function says about itself, beside its triggers. */
export interface Manifest {
  timeoutMs: number;
  memoryBytes: number;
  onError: "fail" | "anonymous" | "stale";
  sensitive: string[];
  dependencies: string[];
}

/** As much of JSON Schema as the parameters of a function are described with. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: Json;
  enum?: Json[];
  const?: Json;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  $ref?: string;
  $defs?: Record<string, Schema>;
}

/** A function with its sources. */
export interface FunctionDetails extends FunctionShown {
  source: string;
  draftSource: string | null;
  draftSavedAt: string | null;
  manifest: Manifest | null;
  schema: Schema | null;
  returns: Schema | null;
}

/** One version, without its source. */
export interface VersionShown {
  id: string;
  number: number;
  deployedAt: string;
  deployedBy: string;
  current: boolean;
}

/** One version with what was deployed. */
export interface VersionDetails extends VersionShown {
  source: string;
  lock: string;
  dependencies: string[];
}

/** A deploy under way, or its end. */
export interface Deploying {
  id: string;
  state: "running" | "done" | "failed";
  steps: { name: string; message: string; at: string }[];
  error: { message: string; hint: string; line: number | null } | null;
  version: { id: string; number: number } | string | null;
}

/** Whom the editor pretends is calling. */
export interface Visitor {
  email: string;
  userId: string;
  firstName: string;
  lastName: string;
}

/** Arguments kept under a name, to run with again. */
export interface Payload {
  name: string;
  arguments: Record<string, Json>;
  visitor: Visitor | null;
}

/** Where a run stands; only `running` is not an end. */
export type RunState =
  | "running"
  | "succeeded"
  | "raised"
  | "timed_out"
  | "out_of_memory"
  | "crashed"
  | "too_large"
  | "lost";

/** A run in a list. */
export interface RunRow {
  id: string;
  function: string;
  version: string;
  versionNumber: number | null;
  trigger: "http" | "schedule" | "event" | "editor" | "replay" | "command";
  state: RunState;
  startedAt: string;
  durationMs: number | null;
  start: "warm" | "cold" | "none";
  error: { type: string; message: string } | null;
  fingerprint: string | null;
}

/** One call across the wall: to a connector or to storage. */
export interface RunCall {
  kind: "connector" | "storage";
  name: string;
  operation: string;
  status: number | null;
  startMs: number;
  durationMs: number;
  error: string | null;
}

/** One line of a traceback; module `main` is the function's own file. */
export interface RunFrame {
  line: number;
  function: string;
  text: string;
  module: string;
}

/** A run with all that is kept of it; `result` is the true one, for whoever just ran it. */
export interface RunShown extends RunRow {
  input: Json;
  output: Json;
  result?: Json;
  log: string;
  calls: RunCall[];
  queueMs: number;
  cpuMs: number;
  memoryBytes: number;
  frames: RunFrame[];
  replayOf: string | null;
  extra: Record<string, string>;
}

/** Something to know about a source; lines count from 1, columns from 0, in characters. */
export interface Finding {
  line: number;
  column: number;
  endLine: number | null;
  endColumn: number | null;
  severity: "error" | "warning" | "info";
  code: string;
  message: string;
}

/** What the server thinks of a source. */
export interface Checked {
  findings: Finding[];
  manifest: Manifest | null;
  /** The parameters and triggers of this very source, where the server says them. */
  schema?: Schema | null;
  triggers?: Trigger[] | null;
}

/** Something that could stand at the cursor. */
export interface Completion {
  label: string;
  kind: string;
  detail: string;
  documentation: string;
  insert: string;
}

/** The call that the cursor is in. */
export interface Signature {
  label: string;
  documentation: string;
  parameters: { label: string }[];
  active: number | null;
}

/** One time that somebody changed which version counts. */
export interface Release {
  version: string;
  number: number;
  kind: string;
  at: string;
  by: string;
}

/** What a function keeps, without the values. */
export interface StoragePage {
  namespaces: { name: string; entries: number; bytes: number; limitBytes: number }[];
  entries: StorageEntry[];
  next: string | null;
}

/** One entry; its key is written as JSON: of a text, or of a list of texts and numbers. */
export interface StorageEntry {
  key: string;
  namespace: string;
  expiresAt: string | null;
  bytes: number;
  leased: boolean;
}
