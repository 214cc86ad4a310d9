/**
 * The widget protocol as the frame speaks it: ordinary requests to its own origin.
 *
 * Invariant: a session goes in a header, never in an address; no request carries cookies.
 */

import type { components } from "@callingcard/kit/schema.d.ts";
import { retryAfterMs } from "@callingcard/kit/sync/backoff.ts";
import type { Identity } from "../wire.ts";

type Schemas = components["schemas"];

/** How sure the desk is of who writes. */
export type Evidence = Schemas["Evidence"];

/** A button under a question. */
export interface Option {
  readonly label: string;
  readonly value: string;
}

/** One thing a form asks for. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: "string" | "email" | "number" | "bool" | "enum" | "date";
  readonly required: boolean;
  readonly options?: readonly string[];
  /** What is known already. */
  readonly value?: string | number | boolean;
}

/** Several questions at once; `wrong` names the fields whose answers were not accepted. */
export interface Form {
  readonly step: string;
  readonly fields: readonly Field[];
  readonly wrong?: readonly string[];
}

/** What a bot's line asks for; or, of a line about a merge, the visitor's other conversation. */
export interface Asks {
  readonly options?: readonly Option[];
  readonly form?: Form;
  readonly merge?: { readonly into?: string; readonly from?: string; readonly undone?: string };
}

/** What a visitor answered: by a button, or by a form. */
export type Reply = { readonly value: string } | { readonly values: Readonly<Record<string, string>> };

/** One line of a conversation. */
export type Entry = Readonly<Omit<Schemas["EntryOut"], "data">> & { readonly data: Asks | null };

/** Where the visitor is in the queue, and when somebody is there again, if that is not now. */
export type Queue = Readonly<Schemas["QueueOut"]>;

/** What is so now in a conversation, and is in no log. */
export type Live = Readonly<Schemas["VisitorLive"]>;

/** What a chatflow says before the visitor has written. */
export interface Say {
  readonly text: string;
  readonly data: Asks | null;
}

/** The conversation that a session writes into. */
export type Place = Readonly<Schemas["SessionConversation"]>;

/** What the desk answers when a session is asked for. */
export type Session = Readonly<Omit<Schemas["SessionAnswer"], "chatflow">> & {
  readonly chatflow: Readonly<Omit<Schemas["SessionChatflow"], "says">> & { readonly says: readonly Say[] };
};

/** One of the visitor's conversations, as their list shows it. */
export type Thread = Readonly<Schemas["VisitorConversation"]>;

/** The desk's word that a message is kept. */
export type Receipt = Schemas["PostedAnswer"];

/** An answer, or why there is none; *status* 0 when the server was not reached. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly status: number; readonly detail: string; readonly retryMs: number };

const PATIENCE_MS = 15_000;

interface Call {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly session?: string;
  readonly body?: object;
  /** Whether to answer with what there is, and not to go on telling. */
  readonly once?: boolean;
}

/** What is posted: the words, what they stand for, and where on the site they were written. */
export interface Post {
  readonly clientMessageId: string;
  readonly text: string;
  readonly answer?: Reply;
  readonly page?: string;
}

/** One inbox of the server this frame came from. */
export class Desk {
  readonly #base: string;
  /** Where on the site the visitor is; empty when that is unknown. */
  page = "";

  constructor(base: string) {
    this.#base = base;
  }

  /** Ask for a session; *earlier* is the one held so far. */
  async openSession(identity: Identity, browser: string, earlier: string | null): Promise<Answer<Session>> {
    const { email, token } = identity;
    const body = { ...(email && { email }), ...(token && { token }), browser, ...this.#at };
    return this.#call({ method: "POST", path: "session", body, ...(earlier && { session: earlier }) });
  }

  /** End a session on the server; it survives the frame being taken away meanwhile. */
  async endSession(session: string): Promise<Answer<unknown>> {
    return this.#call({ method: "DELETE", path: "session", session });
  }

  /** Have a one-time code sent to *email*. */
  async sendCode(session: string, email: string): Promise<Answer<unknown>> {
    return this.#call({ method: "POST", path: "session/code", session, body: { email } });
  }

  /** Bring the code back; the session that is answered takes the place of this one. */
  async verifyCode(session: string, code: string): Promise<Answer<Session>> {
    return this.#call({ method: "POST", path: "session/verify", session, body: { code, ...this.#at } });
  }

  /** Post a message; the same id again is the same message. */
  async post(session: string, clientMessageId: string, text: string, answer?: Reply): Promise<Answer<Receipt>> {
    const body: Post = { clientMessageId, text, ...(answer && { answer }), ...this.#at };
    return this.#call({ method: "POST", path: "messages", session, body });
  }

  /** Say how far the visitor has read. */
  async read(session: string, seq: number): Promise<Answer<unknown>> {
    return this.#call({ method: "POST", path: "read", session, body: { seq } });
  }

  /** Say that the visitor types, or stopped. */
  async types(session: string, typing: boolean): Promise<Answer<unknown>> {
    return this.#call({ method: "POST", path: "typing", session, body: { typing } });
  }

  /** The visitor's conversations, the newest activity first. */
  async threads(session: string): Promise<Answer<{ readonly results: readonly Thread[] }>> {
    return this.#call({ method: "GET", path: "conversations", session });
  }

  /** Go on in the conversation with *id*, or in a new one when it is null. */
  async choose(session: string, id: string | null): Promise<Answer<Thread>> {
    return this.#call({ method: "POST", path: "conversations", session, body: id === null ? {} : { conversationId: id } });
  }

  /** The next lines of another conversation of the visitor. */
  async said(session: string, id: string, after: number): Promise<Answer<{ readonly events: readonly Entry[]; readonly head: number }>> {
    const path = `events?conversation=${encodeURIComponent(id)}&after=${after}`;
    return this.#call({ method: "GET", path, session, once: true });
  }

  /** Where the conversation's events are. */
  eventsUrl(after: number, wait: number | null): string {
    return `${this.#base}/events?after=${after}${wait === null ? "" : `&wait=${wait}&live=true`}`;
  }

  get #at(): { page?: string } {
    return this.page ? { page: this.page } : {};
  }

  async #call<T>({ method, path, session, body, once }: Call): Promise<Answer<T>> {
    const patience = new AbortController();
    const timer = setTimeout(() => { patience.abort(); }, PATIENCE_MS);
    try {
      const answer = await fetch(`${this.#base}/${path}`, {
        method,
        headers: {
          ...(body && { "Content-Type": "application/json" }),
          ...(session && { Authorization: `Bearer ${session}` }),
          ...(once && { Accept: "application/json" }),
        },
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
