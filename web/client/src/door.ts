/**
 * Where tokens are asked for: the customer's own endpoint, or a site of Callingcard.
 *
 * Both answer alike. A refusal says whether another try can help, so that the
 * caller need not know HTTP.
 *
 * Invariant: a token or a proof travels in a header or a body, never in an address.
 */
import type { Identity } from "./events.ts";

/** The endpoint, and who is signed in where a cookie does not say it. */
export interface Door {
  /** Null when the page forgot to say it. */
  url: string | null;
  /** A proof, null when nobody is signed in, undefined when the page has no proofs. */
  proof: () => Promise<string | null | undefined>;
}

/** A token and all that the page needs to use and renew it; times in milliseconds. */
export interface Grant {
  platform: string;
  token: string;
  identity: Identity;
  settings: Record<string, unknown>;
  refreshAt: number;
  expiresAt: number;
}

/** No token came, although somebody may be signed in. */
export class Refusal extends Error {
  /** *retry* is false when asking again would change nothing; *waitMs* is the server's wish. */
  constructor(
    message: string,
    readonly retry: boolean,
    readonly waitMs = 0,
  ) {
    super(message);
  }
}

/** Longer than the server itself waits for a platform, so its answer is heard. */
const PATIENCE_MS = 12_000;

/** Ask for a token; null means that nobody is signed in. */
export async function askForToken(door: Door): Promise<Grant | null> {
  const response = await knock(door, { method: "POST", body: "{}" });
  if (!response || response.status === 204) return null;
  if (!response.ok) throw await refusal(response);
  return grantFrom(await bodyOf(response), skewOf(response));
}

/** Have the server forget the token of whoever is signed in. */
export async function forgetToken(door: Door): Promise<void> {
  // keepalive: a sign-out usually leaves the page while this is under way.
  const response = await knock(door, { method: "DELETE", keepalive: true });
  if (response && !response.ok) throw await refusal(response);
}

async function knock(door: Door, init: RequestInit): Promise<Response | null> {
  if (!door.url) throw new Refusal("the page names no endpoint and no site", false);
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  const proof = await door.proof();
  if (proof) headers.Authorization = `Bearer ${proof}`;
  else if (proof !== undefined) return null;
  try {
    return await fetch(door.url, {
      ...init,
      headers,
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (error) {
    throw new Refusal(`no answer (${nameOf(error)})`, true);
  }
}

async function refusal(response: Response): Promise<Refusal> {
  const { status } = response;
  const { code } = await bodyOf(response);
  const seconds = Number(response.headers.get("Retry-After"));
  return new Refusal(
    typeof code === "string" ? `${status} ${code}` : `answer ${status}`,
    status === 429 || status >= 500,
    seconds > 0 ? seconds * 1000 : 0,
  );
}

async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  try {
    return recordOf(await response.json());
  } catch {
    return {}; // not JSON: the caller finds nothing it needs in here and says so
  }
}

function grantFrom(body: Record<string, unknown>, skewMs: number): Grant {
  const { platform, token, identity, settings, expiresAt, refreshAt } = body;
  if (typeof platform !== "string" || typeof token !== "string") {
    throw new Refusal("the answer holds no token", false);
  }
  return {
    platform,
    token,
    identity: recordOf(identity),
    settings: recordOf(settings),
    refreshAt: momentOf(refreshAt) - skewMs,
    expiresAt: momentOf(expiresAt) - skewMs,
  };
}

/** How far the server's clock is ahead: a wrong clock here must not renew all day. */
function skewOf(response: Response): number {
  const skew = Date.parse(response.headers.get("Date") ?? "") - Date.now();
  // The header counts whole seconds, so a small difference says nothing.
  return Math.abs(skew) > 5000 ? skew : 0;
}

function momentOf(value: unknown): number {
  const moment = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(moment) ? Infinity : moment;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
