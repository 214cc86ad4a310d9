/** Secrets: their shapes, and the calls to the server. A value goes there and never comes back. */
import { call } from "../session/session.ts";

/** A secret as it may be told of. */
export interface Secret {
  name: string;
  setAt: string;
  setBy: string;
  usedBy: string[];
}

/** What a rotation came to. */
export interface Rotation {
  rotated: number;
  unreadable: string[];
  lost: number;
  oldKeysFree: boolean;
}

/** Where every secret is listed. */
export const SECRETS = "/v1/admin/secrets";

const ROTATION_MS = 5 * 60_000; // every record is opened and sealed anew

/** Read every secret. */
export async function readSecrets(path: string, signal: AbortSignal): Promise<Secret[]> {
  return (await call<{ secrets: Secret[] }>(path, { signal })).secrets;
}

/** Keep *value* under *name*, in place of what was there. */
export function setSecret(name: string, value: string): Promise<void> {
  return call(`${SECRETS}/${encodeURIComponent(name)}`, { method: "PUT", body: { value } });
}

/** Delete a secret that nothing uses. */
export function deleteSecret(name: string): Promise<void> {
  return call(`${SECRETS}/${encodeURIComponent(name)}`, { method: "DELETE" });
}

/** Seal everything anew. */
export function rotateSecrets(): Promise<Rotation> {
  return call(`${SECRETS}/rotate`, { method: "POST", timeoutMs: ROTATION_MS });
}
