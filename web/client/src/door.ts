/**
 * Where tokens are asked for: the customer's own endpoint, or a site of Callingcard.
 *
 * Both answer alike. A refusal says whether another try can help, so that the
 * caller need not know HTTP.
 *
 * Invariant: a token or a proof travels in a header or a body, never in an address.
 * Invariant: an invite is used once, and never for somebody who is signed in.
 */
import type { Identity } from "./events.ts";

/** Who somebody says they are, on a page where nobody signs in. */
export interface Claim {
  email: string;
  firstName?: string;
  lastName?: string;
}

/** The endpoint, and who is signed in where a cookie does not say it. */
export interface Door {
  /** Null when the page forgot to say it. */
  url: string | null;
  /** A proof, null when nobody is signed in, undefined when the page has no proofs. */
  proof: () => Promise<string | null | undefined>;
  /** Whether cookies go to another origin too. */
  credentials?: RequestCredentials | undefined;
  /** The publishable key of a landing page, under which a claim may be made. */
  key?: string | undefined;
  /** The invite that the page was opened with, until it is used. */
  invite?: string | null | undefined;
  /** What the page said of the visitor: a proof, or who they say they are. */
  who?: string | Claim | null | undefined;
}

/** A token and all that the page needs to use and renew it; times in milliseconds. */
export interface Grant {
  platform: string;
  token: string;
  identity: Identity;
  settings: Record<string, unknown>;
  refreshAt: number;
  expiresAt: number;
  /** No renewal can be had: what proved the visitor is used up. */
  last?: boolean;
}

/** No token came, although somebody may be signed in. */
export class Refusal extends Error {
  /** *retry* is false when asking again would change nothing; *waitMs* is the server's wish. */
  constructor(
    message: string,
    readonly retry: boolean,
    readonly waitMs = 0,
    /** Nobody is signed in any more. */
    readonly nobody = false,
  ) {
    super(message);
  }
}

/** How long a visitor may wait for the chat to open. */
const PATIENCE_MS = 10_000;

/** Ask for a token; null means that nobody is signed in. */
export function askForToken(door: Door): Promise<Grant | null> {
  return inTime(async (signal) => {
    const { invite } = door;
    if (!invite) return ask(door, bearerOf(door), signal);
    const grant = await ask(door, bearerOf(door), signal).catch(nobodyAtAll);
    door.invite = grant ? null : invite;
    if (grant) return grant;
    const invited = await ask(door, invite, signal).catch(nobodyAtAll);
    door.invite = null;
    return invited && { ...invited, last: true };
  });
}

/** Have the server forget the token of whoever is signed in. */
export async function forgetToken(door: Door): Promise<void> {
  // Who only says who they are has proved nothing that the server would act on.
  if (typeof door.who === "object" && door.who) return;
  const bearer = bearerOf(door);
  // keepalive: a sign-out usually leaves the page while this is under way.
  await inTime((signal) => knock(door, bearer, { method: "DELETE", keepalive: true, signal }));
}

type Bearer = string | null | undefined;

async function bearerOf({ who, key, proof }: Door): Promise<Bearer> {
  if (typeof who === "string") return who;
  if (who) {
    if (!key) throw new Refusal("an address without a proof needs data-key", false);
    return key;
  }
  const given = await proof();
  return given === undefined && key ? null : given;
}

async function ask(door: Door, bearer: Bearer | Promise<Bearer>, signal: AbortSignal) {
  const claim = typeof bearer !== "string" && typeof door.who === "object" ? door.who : null;
  const response = await knock(door, bearer, {
    method: "POST",
    body: JSON.stringify(claim ?? {}),
    signal,
  });
  if (!response || response.status === 204) return null;
  return grantFrom(await bodyOf(response), skewOf(response));
}

async function knock(door: Door, bearer: Bearer | Promise<Bearer>, init: RequestInit) {
  const proof = await bearer;
  if (!door.url) throw new Refusal("the page names no endpoint and no site", false);
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (proof) headers.Authorization = `Bearer ${proof}`;
  else if (proof !== undefined) return null;
  const { credentials = "same-origin" } = door;
  let response: Response;
  try {
    response = await fetch(door.url, { ...init, headers, credentials });
  } catch (error) {
    throw new Refusal(`no answer (${nameOf(error)})`, true);
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

/** Give up in time whatever hangs: the network, a body that never ends, the page's own proof. */
async function inTime<Result>(act: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, refuse) => {
    timer = setTimeout(() => {
      refuse(new Refusal("no answer in time", true));
      stop.abort();
    }, PATIENCE_MS);
  });
  try {
    return await Promise.race([act(stop.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** An invite may still say who it is, or one that is used up says nothing. */
function nobodyAtAll(error: unknown): null {
  if (error instanceof Refusal && error.nobody) return null;
  throw error;
}

async function refusal(response: Response): Promise<Refusal> {
  const { status } = response;
  const { code } = await bodyOf(response);
  const seconds = Number(response.headers.get("Retry-After"));
  return new Refusal(
    typeof code === "string" ? `${status} ${code}` : `answer ${status}`,
    status === 429 || status >= 500,
    seconds > 0 ? seconds * 1000 : 0,
    status === 401,
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
