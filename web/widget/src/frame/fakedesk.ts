/** A desk of one conversation behind `fetch`, and a room in it: what the room's tests stand on. */

import { vi } from "vitest";
import { Vault } from "./person/vault.ts";
import { Desk, type Entry } from "./protocol.ts";
import { Room } from "./room.ts";

export const ADA = { email: "ada@example.com", token: "ada-1" };
export const NOBODY = { email: "", token: "" };

interface Body {
  readonly token?: string;
  readonly text?: string;
  readonly clientMessageId?: string;
  readonly conversationId?: string;
  readonly page?: string;
  readonly answer?: unknown;
}

export const ASKS = { options: [{ label: "An order", value: "order" }] };

/** A desk of one conversation behind `fetch`: sessions by token, one stream. */
export function server() {
  const log: Entry[] = [];
  const posts: string[] = [];
  const bodies: Body[] = [];
  const elsewhere: Record<string, Entry[]> = {};
  const state = { conversation: null as string | null, post: 201, spent: false, fits: true, says: [{ text: "Hi", data: null as object | null }] };
  let stream: ReadableStreamDefaultController<Uint8Array> | null = null;
  const push = (frame: string) => { stream?.enqueue(new TextEncoder().encode(frame)); };
  const add = (kind: Entry["author"]["kind"], text: string, clientMessageId: string | null = null, more: Partial<Entry> = {}): Entry => {
    const author = { kind, id: kind, name: kind };
    const entry: Entry = { seq: log.length + 1, id: `m_${log.length + 1}`, type: "message", clientMessageId, author, text, data: null, status: null, createdAt: "2030-01-01T12:00:00Z", ...more };
    log.push(entry);
    push(`id: ${entry.seq}\nevent: entry\ndata: ${JSON.stringify(entry)}\n\n`);
    return entry;
  };
  const session = ({ token }: Body) => ({
    session: token && !state.spent ? `signed-${token}` : "anonymous-1",
    evidence: token && !state.spent ? "signed" : "anonymous",
    contact: token && !state.spent ? { firstName: "Ada" } : null,
    conversation: state.conversation === null ? null : { id: state.conversation, head: log.length, readSeq: 0 },
    inbox: { name: "Ink & Paper", answeredBy: "", refusesUnproven: false, codes: false, identification: "optional" }, chatflow: { name: null, welcome: "Hi", says: state.says, fits: state.fits }, signedBy: null, signedUntil: null,
  });
  const receive = (body: Body, bearer: string): Response | Promise<Response> => {
    posts.push(`${bearer}: ${body.text ?? ""}`);
    bodies.push(body);
    if (state.post === 0) return Promise.reject(new TypeError("offline"));
    if (state.post >= 400) return Response.json({ detail: "Too long." }, { status: state.post });
    state.conversation ??= "2825000001";
    const { seq, createdAt } = add("visitor", body.text ?? "", body.clientMessageId ?? "");
    return Response.json({ conversationId: state.conversation, seq, createdAt }, { status: 201 });
  };
  const follow = (asked: URLSearchParams): Response => {
    const after = Number(asked.get("after"));
    const other = elsewhere[asked.get("conversation") ?? ""];
    if (other) return Response.json({ events: other.slice(after, after + 2), head: other.length }); // two to a page
    const bytes = new ReadableStream<Uint8Array>({ start: (controller) => { stream = controller; } });
    push(`event: heartbeat\ndata: {"head":${log.length}}\n\n`);
    for (const entry of log.slice(after)) push(`id: ${entry.seq}\nevent: entry\ndata: ${JSON.stringify(entry)}\n\n`);
    return new Response(bytes, { headers: { "Content-Type": "text/event-stream" } });
  };
  const answer = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const body = (typeof init.body === "string" ? JSON.parse(init.body) : {}) as Body;
    if (url.endsWith("/messages")) return receive(body, new Headers(init.headers).get("Authorization") ?? "");
    if (url.endsWith("/session") && init.method === "POST") return Response.json(session(body));
    if (url.endsWith("/conversations") && init.method === "POST") {
      log.length = 0;
      state.conversation = body.conversationId ?? "2825000009";
      if (body.conversationId !== undefined) add("agent", "from before");
      return Response.json({ id: state.conversation, head: log.length, readSeq: 0, status: "open", preview: "", unread: 0, agentReadSeq: 0, createdAt: "", updatedAt: "", state: "current" });
    }
    if (url.includes("/events?")) return follow(new URL(url, "https://x").searchParams);
    return new Response(null, { status: 204 });
  };
  vi.stubGlobal("fetch", answer);
  const live = (data: object) => { push(`event: live\ndata: ${JSON.stringify(data)}\n\n`); };
  return { add, posts, bodies, state, live, elsewhere };
}

/** A room in which nobody is yet, and what the page is told. */
export function entered() {
  const events: [string, object][] = [];
  const desk = new Desk("/v1/widget/web");
  const room = new Room(desk, new Vault("web"), {
    event: (name, payload) => { events.push([name, payload]); },
    gone: () => undefined,
    left: () => undefined,
  });
  const write = (text: string) => {
    room.draft.value = text;
    room.send();
  };
  const texts = () => [...room.entries.value.map(({ text }) => text), ...room.letters.value.map(({ text, state }) => `${text} (${state})`)];
  return { room, desk, events, write, texts };
}

const realTimeout = globalThis.setTimeout;

/** Moves the clock on, and lets the browser's own work (hashing, which no clock moves) be done. */
export async function settle(ms = 50): Promise<void> {
  for (let step = 0; step < 5; step += 1) {
    await new Promise((done) => realTimeout(done, 2));
    await vi.advanceTimersByTimeAsync(ms / 5);
  }
}
