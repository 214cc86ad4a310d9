/** The calls to the server about functions; nothing of their answers is kept here. */
import { call } from "../session/session.ts";
import type {
  Checked,
  Completion,
  Deploying,
  FunctionDetails,
  FunctionShown,
  Json,
  Payload,
  Release,
  RunShown,
  Signature,
  StoragePage,
  VersionDetails,
  VersionShown,
  Visitor,
} from "./types.ts";

/** Where every function is listed. */
export const FUNCTIONS = "/v1/admin/functions";

const RUN_MARGIN_MS = 60_000; // to wait its turn, and for its packages to be built
const CHECK_MS = 30_000;

/** The address of one function in the API. */
export function functionPath(name: string): string {
  return `${FUNCTIONS}/${encodeURIComponent(name)}`;
}

/** The address of the versions of a function. */
export function versionsPath(name: string): string {
  return `${functionPath(name)}/versions`;
}

/** The address of the payloads kept for a function. */
export function payloadsPath(name: string): string {
  return `${functionPath(name)}/payloads`;
}

/** The address of a page of what a function keeps. */
export function storagePath(name: string, wanted: { namespace: string; prefix: string; cursor: string | null }): string {
  const query = new URLSearchParams();
  if (wanted.namespace) query.set("namespace", wanted.namespace);
  if (wanted.prefix) query.set("prefix", wanted.prefix);
  if (wanted.cursor) query.set("cursor", wanted.cursor);
  const text = query.toString();
  return `${functionPath(name)}/storage${text && `?${text}`}`;
}

/** Read every function. */
export async function readFunctions(path: string, signal: AbortSignal): Promise<FunctionShown[]> {
  return (await call<{ functions: FunctionShown[] }>(path, { signal })).functions;
}

/** Read one function with its sources. */
export function readFunction(path: string, signal: AbortSignal): Promise<FunctionDetails> {
  return call<FunctionDetails>(path, { signal });
}

/** Begin a function; without a *source* the server gives it one to start from. */
export function createFunction(name: string, source?: string): Promise<FunctionDetails> {
  return call(FUNCTIONS, { method: "POST", body: source === undefined ? { name } : { name, source } });
}

/** Delete a function, and if *storage*, what it keeps too. */
export function deleteFunction(name: string, storage: boolean): Promise<void> {
  return call(`${functionPath(name)}?storage=${storage}`, { method: "DELETE" });
}

/** Keep *source* as the draft; return when it was kept. */
export async function saveDraft(name: string, source: string): Promise<string> {
  const path = `${functionPath(name)}/draft`;
  return (await call<{ savedAt: string }>(path, { method: "PUT", body: { source } })).savedAt;
}

/** Forget the draft. */
export function dropDraft(name: string): Promise<void> {
  return call(`${functionPath(name)}/draft`, { method: "DELETE" });
}

/** Begin to deploy *source*. */
export function startDeploy(name: string, source: string): Promise<Deploying> {
  return call(`${functionPath(name)}/deploys`, { method: "POST", body: { source } });
}

/** See how a deploy is getting on. */
export function readDeploy(name: string, id: string, signal: AbortSignal): Promise<Deploying> {
  return call(`${functionPath(name)}/deploys/${encodeURIComponent(id)}`, { signal });
}

/** The versions that are kept, and who made which of them count; both newest first. */
export interface VersionList {
  versions: VersionShown[];
  releases: Release[];
}

/** Read the versions. */
export function readVersions(path: string, signal: AbortSignal): Promise<VersionList> {
  return call<VersionList>(path, { signal });
}

/** Read one version with its source. */
export function readVersion(path: string, signal: AbortSignal): Promise<VersionDetails> {
  return call<VersionDetails>(path, { signal });
}

/** Make an older version count again. */
export function rollBack(name: string, version: string): Promise<FunctionDetails> {
  return call(`${functionPath(name)}/rollback`, { method: "POST", body: { version } });
}

/** Read the payloads kept for a function. */
export async function readPayloads(path: string, signal: AbortSignal): Promise<Payload[]> {
  return (await call<{ payloads: Payload[] }>(path, { signal })).payloads;
}

/** Keep *payloads*, all there are. */
export async function savePayloads(name: string, payloads: readonly Payload[]): Promise<Payload[]> {
  const path = payloadsPath(name);
  return (await call<{ payloads: Payload[] }>(path, { method: "PUT", body: { payloads } })).payloads;
}

/** What a run in the editor is given; without a `source` the deployed version runs. */
export interface RunGiven {
  source: string | null;
  arguments: Record<string, Json>;
  visitor: Visitor | null;
}

/** Run a function once, which may take *timeoutMs*. */
export function runFunction(name: string, given: RunGiven, timeoutMs: number, signal: AbortSignal): Promise<RunShown> {
  return call(`${functionPath(name)}/run`, {
    method: "POST",
    body: { ...given, idempotencyKey: crypto.randomUUID() },
    timeoutMs: timeoutMs + RUN_MARGIN_MS,
    signal,
  });
}

/** Ask what is wrong with *source*. */
export function checkSource(name: string, source: string, signal: AbortSignal): Promise<Checked> {
  return call(`${FUNCTIONS}/check`, { method: "POST", body: { name, source }, signal, timeoutMs: CHECK_MS });
}

/** A place in a source: lines count from 1, columns from 0, in characters. */
export interface Place {
  line: number;
  column: number;
}

/** Ask what could stand at *place*. */
export async function complete(name: string, source: string, place: Place, signal: AbortSignal): Promise<Completion[]> {
  const body = { name, source, ...place };
  return (await call<{ completions: Completion[] }>(`${FUNCTIONS}/complete`, { method: "POST", body, signal }))
    .completions;
}

/** Ask which call *place* is in. */
export async function signatureAt(
  name: string,
  source: string,
  place: Place,
  signal: AbortSignal,
): Promise<Signature | null> {
  const body = { name, source, ...place };
  return (await call<{ signature: Signature | null }>(`${FUNCTIONS}/signature`, { method: "POST", body, signal }))
    .signature;
}

/** Read a page of what a function keeps. */
export function readStorage(path: string, signal: AbortSignal): Promise<StoragePage> {
  return call<StoragePage>(path, { signal });
}

/** Delete the entry under *key*, which is JSON. */
export function deleteEntry(name: string, namespace: string, key: string): Promise<void> {
  const path = `${functionPath(name)}/storage/${encodeURIComponent(namespace)}`;
  return call(`${path}?key=${encodeURIComponent(key)}`, { method: "DELETE" });
}
