/**
 * The widget protocol as the frame speaks it: ordinary requests to its own origin.
 *
 * Invariant: a session goes in a header, never in an address; no request carries cookies.
 */

import { retryAfterMs } from "@callingcard/kit/sync/backoff.ts";
import type { Identity } from "../wire.ts";

/** How sure the desk is of who writes. */
export type Evidence = "anonymous" | "claimed" | "verified" | "signed";

/** One line of a conversation. */
export interface Entry {
  readonly seq: number;
  readonly id: string;
  readonly type: "message" | "status";
  readonly clientMessageId: string | null;
  readonly author: { readonly kind: "visitor" | "agent" | "system"; readonly id: string; readonly name: string };
  readonly text: string;
  readonly status: "closed" | "open" | null;
  readonly createdAt: string;
}

/** What the desk answers when a session is asked for. */
export interface Session {
  readonly session: string;
  readonly evidence: Evidence;
  readonly contact: { readonly firstName: string } | null;
  readonly conversation: { readonly id: string; readonly head: number; readonly readSeq: number } | null;
  readonly inbox: { readonly name: string; readonly answeredBy: string };
  readonly chatflow: { readonly welcome: string };
  readonly signedBy: string | null;
  readonly signedUntil: string | null;
}

/** The desk's word that a message is kept. */
export interface Receipt {
  readonly conversationId: string;
  readonly seq: number;
  readonly createdAt: string;
}

/** An answer, or why there is none; *status* 0 when the server was not reached. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly status: number; readonly detail: string; readonly retryMs: number };

const PATIENCE_MS = 15_000;

interface Call {
  readonly method: "POST" | "DELETE";
  readonly path: string;
  readonly session?: string;
  readonly body?: object;
}

/** One inbox of the server this frame came from. */
export class Desk {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  /** Ask for a session; *earlier* is the one held so far. */
  async openSession(identity: Identity, browser: string, earlier: string | null): Promise<Answer<Session>> {
    const body = { ...(identity.email && { email: identity.email }), ...(identity.token && { token: identity.token }), browser };
    return this.#call({ method: "POST", path: "session", body, ...(earlier && { session: earlier }) });
  }

  /** End a session on the server; it survives the frame being taken away meanwhile. */
  async endSession(session: string): Promise<Answer<unknown>> {
    return this.#call({ method: "DELETE", path: "session", session });
  }

  /** Post a message; the same id again is the same message. */
  async post(session: string, clientMessageId: string, text: string): Promise<Answer<Receipt>> {
    return this.#call({ method: "POST", path: "messages", session, body: { clientMessageId, text } });
  }

  /** Say how far the visitor has read. */
  async read(session: string, seq: number): Promise<Answer<unknown>> {
    return this.#call({ method: "POST", path: "read", session, body: { seq } });
  }

  /** Where the conversation's events are. */
  eventsUrl(after: number, wait: number | null): string {
    return `${this.#base}/events?after=${after}${wait === null ? "" : `&wait=${wait}`}`;
  }

  async #call<T>({ method, path, session, body }: Call): Promise<Answer<T>> {
    const patience = new AbortController();
    const timer = setTimeout(() => { patience.abort(); }, PATIENCE_MS);
    try {
      const answer = await fetch(`${this.#base}/${path}`, {
        method,
        headers: { ...(body && { "Content-Type": "application/json" }), ...(session && { Authorization: `Bearer ${session}` }) },
        ...(body && { body: JSON.stringify(body) }),
        signal: patience.signal,
        keepalive: method === "DELETE",
        credentials: "omit",
      });
      return await read<T>(answer);
    } catch (error) {
      return { ok: false, status: 0, detail: String(error), retryMs: 0 };
    } finally {
      clearTimeout(timer);
    }
  }
}

async function read<T>(answer: Response): Promise<Answer<T>> {
  const text = await answer.text();
  if (answer.ok) return { ok: true, value: (text ? JSON.parse(text) : null) as T };
  return { ok: false, status: answer.status, detail: detailOf(text), retryMs: retryAfterMs(answer.headers) };
}

function detailOf(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === "string" ? detail : "";
  } catch {
    return ""; // a proxy's error page explains nothing to a visitor
  }
}
