/**
 * Which values of a result look like keys, so that they are covered until asked for.
 *
 * A screen is often shared. It is a guess by name and by look, made for eyes only: what is
 * kept of a run is redacted by the server.
 */
import type { Json } from "../types.ts";

const NAMES = /token|secret|passw|api_?key|credential|authorization|cookie|signature/i;
const JWT = /^[\w-]{8,}\.[\w-]{8,}\.[\w-]*$/;
const SHORTEST = 24;

/** Whether *value*, found under *name*, is covered; *sensitive* are names the function itself lists. */
export function isSecret(name: string, value: Json, sensitive: readonly string[] = []): boolean {
  if (typeof value !== "string" || value.length === 0) return false;
  if (sensitive.includes(name)) return true;
  if (value.length >= 8 && NAMES.test(name) && !/\s/.test(value)) return true;
  return JWT.test(value) || looksRandom(value);
}

/** A long run of letters and digits that is no word, address, number or id of a thing. */
function looksRandom(value: string): boolean {
  if (value.length < SHORTEST || !/^[A-Za-z0-9_\-+/=.~]+$/.test(value)) return false;
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((kind) => kind.test(value)).length;
  return kinds === 3 || (kinds === 2 && /^[0-9a-f]{32,}$/i.test(value));
}

/** Enough of *value* to tell it from another, and no more. */
export function covered(value: string): string {
  return value.length > 24 ? `${value.slice(0, 4)}••••••••${value.slice(-2)}` : "••••••••";
}
