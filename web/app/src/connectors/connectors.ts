/** Connectors: their shapes, and the calls to the server about them. */
import { Problem, problemOf } from "@callingcard/kit/request.ts";

import type { Json } from "../functions/types.ts";
import { call } from "../session/session.ts";

/** `connectors/NAME.toml` as JSON. */
export type Definition = Record<string, Json>;

/** What came of a health call. */
export interface Check {
  at: string;
  ok: boolean;
  status: number | null;
  ms: number;
  message: string;
  remedy: string;
}

/** One thing that a service does. */
export interface Operation {
  name: string;
  method: string;
  path: string;
  summary: string;
}

/** A connector with all that is known of it; a `problem` says why it cannot be read. */
export interface Connector {
  name: string;
  title: string;
  baseUrl: string;
  private: boolean;
  auth: Record<string, Json> | null;
  secrets: { name: string; set: boolean }[];
  operations: Operation[];
  allow: string[];
  timeoutMs: number;
  usedBy: string[];
  source: "built-in" | "file" | "app";
  lastCheck: Check | null;
  drift: { at: string; changes: string[] } | null;
  definition: Definition;
  hasOpenapi: boolean;
  problem: string;
}

/** A connector that comes with the product. */
export interface BuiltIn {
  name: string;
  title: string;
  description: string;
  definition: Definition;
}

/** Every connector, and those that may be added. */
export interface Connectors {
  connectors: Connector[];
  builtIn: BuiltIn[];
}

/** A connector as it is set up; without a document the one there is stays. */
export interface ConnectorGiven {
  definition: Definition;
  openapi: Json;
  secrets: Record<string, string>;
}

/** What a newer document changes, and which lines it breaks. */
export interface Drift {
  changes: string[];
  breaks: { function: string; line: number; message: string }[];
}

/** Where every connector is listed. */
export const CONNECTORS = "/v1/admin/connectors";

const SLOW_MS = 90_000; // a service may be slow, and functions are looked through one by one

/** The address of one connector in the API. */
export function connectorPath(name: string): string {
  return `${CONNECTORS}/${encodeURIComponent(name)}`;
}

/** Read every connector. */
export function readConnectors(path: string, signal: AbortSignal): Promise<Connectors> {
  return call<Connectors>(path, { signal });
}

/** Read one connector. */
export function readConnector(path: string, signal: AbortSignal): Promise<Connector> {
  return call<Connector>(path, { signal });
}

/** Set a connector up. */
export function putConnector(name: string, given: ConnectorGiven): Promise<Connector> {
  return call(connectorPath(name), { method: "PUT", body: given, timeoutMs: SLOW_MS });
}

/** Delete a connector that no function uses. */
export function deleteConnector(name: string): Promise<void> {
  return call(connectorPath(name), { method: "DELETE" });
}

/** Make the health call. */
export function checkConnector(name: string): Promise<Check> {
  return call(`${connectorPath(name)}/check`, { method: "POST", timeoutMs: SLOW_MS });
}

/** Say what a newer document changes; null is what the product brings. */
export function compareDocument(name: string, openapi: Json): Promise<Drift> {
  return call(`${connectorPath(name)}/drift`, { method: "POST", body: { openapi }, timeoutMs: SLOW_MS });
}

/** Make a newer document the one that counts. */
export function acceptDocument(name: string, openapi: Json): Promise<Connector> {
  return call(`${connectorPath(name)}/openapi`, { method: "POST", body: { openapi }, timeoutMs: SLOW_MS });
}

/** Read a connector as functions see it, as the text of a `.pyi`. */
export async function readStubs(path: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(path, { signal, headers: { Accept: "text/plain, application/problem+json" } }).catch(
    (error: unknown) => {
      if (signal.aborted) throw error;
      throw new Problem("The server cannot be reached.", {
        status: 0,
        code: "network.unreachable",
        hint: "Check the connection, then try again.",
      });
    },
  );
  if (!response.ok) throw await problemOf(response);
  return response.text();
}
