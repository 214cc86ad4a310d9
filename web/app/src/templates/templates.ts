/** Templates: their shapes, and the calls to the server. */
import type { FunctionDetails, Trigger } from "../functions/types.ts";
import { call } from "../session/session.ts";

/** Everything that a template wants to be allowed. */
export interface Asks {
  connectors: { name: string; operations: string[]; present: boolean }[];
  storage: string[];
  triggers: Trigger[];
  /** The secrets that connectors which come along will need. */
  secrets: string[];
  dependencies: string[];
}

/** A function ready to be used. */
export interface Template {
  name: string;
  title: string;
  description: string;
  readme: string;
  asks: Asks;
  source: string;
}

/** Where every template is listed. */
export const TEMPLATES = "/v1/admin/templates";

const INSTALL_MS = 10 * 60_000; // its packages may have to be built

/** Read every template. */
export async function readTemplates(path: string, signal: AbortSignal): Promise<Template[]> {
  return (await call<{ templates: Template[] }>(path, { signal })).templates;
}

/** Install a template as the function *as*; only to be called for somebody who agreed. */
export function installTemplate(name: string, as: string): Promise<FunctionDetails> {
  const path = `${TEMPLATES}/${encodeURIComponent(name)}/install`;
  return call(path, { method: "POST", body: { as, consent: true }, timeoutMs: INSTALL_MS });
}
