import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Desk, type Entry } from "./protocol.ts";
import { Room } from "./room.ts";
import { Vault } from "./vault.ts";

const ADA = { email: "ada@example.com", token: "ada-1" };
const NOBODY = { email: "", token: "" };

interface Body {
  readonly token?: string;
  readonly text?: string;
  readonly clientMessageId?: string;
}

/** A desk of one conversation behind `fetch`: sessions by token, one stream. */
function server() {
  const log: Entry[] = [];
  const posts: string[] = [];
  const state = { conversation: null as string | null, post: 201, spent: false };
  let stream: ReadableStreamDefaultController<Uint8Array> | null = null;
  const push = (frame: string) => { stream?.enqueue(new TextEncoder().encode(frame)); };
  const add = (kind: "visitor" | "agent", text: string, clientMessageId: string | null = null): Entry => {
    const author = { kind, id: kind, name: kind };
    const entry: Entry = { seq: log.length + 1, id: `m_${log.length + 1}`, type: "message", clientMessageId, author, text, status: null, createdAt: "2030-01-01T12:00:00Z" };
    log.push(entry);
    push(`id: ${entry.seq}\nevent: entry\ndata: ${JSON.stringify(entry)}\n\n`);
    return entry;
  };
  const session = ({ token }: Body) => ({
    session: token && !state.spent ? `signed-${token}` : "anonymous-1",
    evidence: token && !state.spent ? "signed" : "anonymous",
    contact: token && !state.spent ? { firstName: "Ada" } : null,
    conversation: state.conversation === null ? null : { id: state.conversation, head: log.length, readSeq: 0 },
    inbox: { name: "Ink & Paper", answeredBy: "" }, chatflow: { welcome: "Hi" }, signedBy: null, signedUntil: null,
  });
  const receive = (body: Body, bearer: string): Response | Promise<Response> => {
    posts.push(`${bearer}: ${body.text ?? ""}`);
    if (state.post === 0) return Promise.reject(new TypeError("offline"));
    if (state.post >= 400) return Response.json({ detail: "Too long." }, { status: state.post });
    state.conversation = "2825000001";
    const { seq, createdAt } = add("visitor", body.text ?? "", body.clientMessageId ?? "");
    return Response.json({ conversationId: state.conversation, seq, createdAt }, { status: 201 });
  };
  const follow = (after: number): Response => {
    const bytes = new ReadableStream<Uint8Array>({ start: (controller) => { stream = controller; } });
    push(`event: heartbeat\ndata: {"head":${log.length}}\n\n`);
    for (const entry of log.slice(after)) push(`id: ${entry.seq}\nevent: entry\ndata: ${JSON.stringify(entry)}\n\n`);
    return new Response(bytes, { headers: { "Content-Type": "text/event-stream" } });
  };
  const answer = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const body = (typeof init.body === "string" ? JSON.parse(init.body) : {}) as Body;
    if (url.endsWith("/messages")) return receive(body, new Headers(init.headers).get("Authorization") ?? "");
    if (url.endsWith("/session") && init.method === "POST") return Response.json(session(body));
    if (url.includes("/events?")) return follow(Number(new URL(url, "https://x").searchParams.get("after")));
    return new Response(null, { status: 204 });
  };
  vi.stubGlobal("fetch", answer);
  return { add, posts, state };
}

function entered() {
  const events: [string, object][] = [];
  const room = new Room(new Desk("/v1/widget/web"), new Vault("web"), {
    event: (name, payload) => { events.push([name, payload]); },
    gone: () => undefined,
    left: () => undefined,
  });
  const write = (text: string) => {
    room.draft.value = text;
    room.send();
  };
  const texts = () => [...room.entries.value.map(({ text }) => text), ...room.letters.value.map(({ text, state }) => `${text} (${state})`)];
  return { room, events, write, texts };
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  sessionStorage.clear();
});
afterEach(() => { vi.useRealTimers(); });
const realTimeout = globalThis.setTimeout;

/** Moves the clock on, and lets the browser's own work (hashing, which no clock moves) be done. */
async function settle(ms = 50): Promise<void> {
  for (let step = 0; step < 5; step += 1) {
    await new Promise((done) => realTimeout(done, 2));
    await vi.advanceTimersByTimeAsync(ms / 5);
  }
}

describe("Room", () => {
  test("a message is shown at once and becomes one entry; the conversation is told as a number", async () => {
    server();
    const { room, events, write, texts } = entered();
    await room.begin(NOBODY, false);
    await settle();
    write("  hello  ");
    expect(texts()).toEqual(["hello (sending)"]);
    await settle();
    expect(texts()).toEqual(["hello"]);
    expect(events).toEqual([["conversationStarted", { conversation: { conversationId: 2825000001 } }]]);
    room.pause();
  });

  test("what agents write counts as unread until it can be seen", async () => {
    const desk = server();
    desk.state.conversation = "1";
    const { room, events } = entered();
    await room.begin(NOBODY, false);
    await settle();
    desk.add("agent", "hello");
    await settle();
    expect(room.unread.value).toBe(1);
    room.show(true);
    expect(room.unread.value).toBe(0);
    desk.add("agent", "again");
    await settle();
    const counts = events.filter(([name]) => name === "unreadConversationCountChanged").map(([, payload]) => payload);
    expect(counts).toEqual([{ unreadCount: 1 }, { unreadCount: 0 }]);
    room.pause();
  });

  test("words written offline wait, and go out in order with the ids they had", async () => {
    const desk = server();
    desk.state.post = 0;
    const { room, write, texts } = entered();
    await room.begin(NOBODY, false);
    await settle();
    write("one");
    write("two");
    await settle(3000);
    expect(texts()).toEqual(["one (waiting)", "two (queued)"]);
    desk.state.post = 201;
    room.wake();
    await settle();
    expect(texts()).toEqual(["one", "two"]);
    room.pause();
  });

  test("a refusal is shown with its reason", async () => {
    const desk = server();
    desk.state.post = 422;
    const { room, write } = entered();
    await room.begin(NOBODY, false);
    await settle();
    write("x");
    await settle();
    expect(room.letters.value).toMatchObject([{ state: "failed", reason: "Too long." }]);
    room.pause();
  });

  test("another person sees nothing of the first, and nothing of the first is sent by them", async () => {
    const desk = server();
    desk.state.post = 0;
    desk.state.conversation = "1";
    desk.add("agent", "for Ada's eyes");
    const { room, write, texts } = entered();
    await room.begin(ADA, false);
    await settle();
    write("Ada's secret");
    room.draft.value = "Ada's draft";
    await settle();
    desk.state.post = 201;
    const switching = room.identify({ email: "grace@example.com", token: "grace-1" });
    expect([texts(), room.draft.value, room.session.value, room.unread.value]).toEqual([[], "", null, 0]);
    await switching;
    await settle(60_000);
    expect(desk.posts.filter((post) => post.includes("grace"))).toEqual([]);
    room.pause();
  });

  test("a session that ended on the server is replaced, and the message goes out with the new one", async () => {
    const desk = server();
    const { room, write, texts } = entered();
    await room.begin(NOBODY, false);
    await settle();
    desk.state.post = 401;
    write("hello");
    await Promise.resolve();
    desk.state.post = 201;
    await settle(2000);
    expect(texts()).toEqual(["hello"]);
    room.pause();
  });

  test("when the proof is worth nothing any more, what waited is not sent by an unknown visitor", async () => {
    const desk = server();
    desk.state.post = 0;
    const { room, write, texts } = entered();
    await room.begin(ADA, false);
    await settle();
    write("Ada's secret");
    await settle();
    Object.assign(desk.state, { post: 401, spent: true });
    room.wake();
    await settle();
    desk.state.post = 201;
    await settle(60_000);
    expect([room.session.value?.evidence, texts()]).toEqual(["anonymous", []]);
    expect(desk.posts.filter((post) => post.includes("anonymous"))).toEqual([]);
    room.pause();
  });

  test("being associated with a contact is told once", async () => {
    server();
    const { room, events } = entered();
    await room.begin(NOBODY, false);
    await room.identify(ADA);
    await room.identify({ ...ADA, token: "ada-2" });
    await settle();
    expect(events.map(([name]) => name)).toEqual(["contactAssociated"]);
    room.pause();
  });

  test("nothing empty and nothing too long is sent", async () => {
    const desk = server();
    const { room, write } = entered();
    await room.begin(NOBODY, false);
    await settle();
    write("   ");
    write("x".repeat(4001));
    await settle();
    expect([desk.posts, room.draft.value.length]).toEqual([[], 4001]);
    room.pause();
  });
});
