import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { listed } from "./feed.ts";
import { reader, signs } from "./house.ts";
import { at, conversation, entry, GRACE, note } from "./samples.ts";
import { addNote, assign, closeInbox, counts, inbox, lists, markRead, openInbox, openThread, threads, unread } from "./store.ts";
import type { FeedEvent } from "./types.ts";

const ada = conversation("ada", { head: 2, updatedAt: at(2) });
const bob = conversation("bob", { head: 1, updatedAt: at(3) });
let news: (event: FeedEvent) => void;
let live: (data: object) => void;
let asked: string[];

const PATH = "/v1/inbox/conversations";
const ANSWERS: readonly [string, object][] = [
  ["/v1/inbox/views", { views: [{ name: "mine", count: 3 }] }],
  ["/v1/inbox/colleagues", { agents: [], teams: [] }],
  [`POST ${PATH}/ada/notes`, note("n9", 2, { createdAt: at(9) })],
  [`${PATH}/ada/notes`, { notes: [note("n1", 1)] }],
  [`PUT ${PATH}/ada/assignee`, { ...ada, assignedTo: "a1", updatedAt: at(8) }],
  [`${PATH}/ada/entries`, { events: [entry(1), entry(2)], head: 2 }],
  [`${PATH}/ada`, ada],
  [`${PATH}/carl`, conversation("carl", { head: 1, updatedAt: at(9) })],
  [`${PATH}?`, { results: [bob, ada], next: null, feed: 7 }],
];

/** A server with two conversations and a feed that the test speaks through. */
function serve(path: string, method = "GET"): Response {
  asked.push(method === "GET" ? path : `${method} ${path}`);
  if (path.startsWith("/v1/inbox/events")) return stream();
  const call = asked.at(-1) ?? "";
  const [, body] = ANSWERS.find(([start]) => call.startsWith(start)) ?? [];
  return body === undefined ? new Response(null, { status: 204 }) : Response.json(body);
}

function stream(): Response {
  const write = (controller: ReadableStreamDefaultController, text: string) => {
    controller.enqueue(new TextEncoder().encode(text));
  };
  const body = new ReadableStream({
    start(controller) {
      write(controller, 'event: heartbeat\ndata: {"head":7}\n\n');
      news = (event) => {
        const { event: name, ...data } = event; // as the server writes it: the name stands beside the data
        write(controller, `id: ${event.feedSeq}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
      };
      live = (data) => {
        write(controller, `event: live\ndata: ${JSON.stringify(data)}\n\n`);
      };
    },
  });
  return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
}

beforeEach(async () => {
  asked = [];
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => Promise.resolve(serve(path, init?.method)));
  await openInbox();
  await vi.waitFor(() => {
    expect(asked).toContain("/v1/inbox/events?after=7");
  });
});
afterEach(closeInbox);

const order = () => listed(inbox.value, "all", reader.value).map((one) => one.id);

test("the list is read and the feed followed from there", () => {
  expect(order()).toEqual(["bob", "ada"]);
  expect(lists.value.get("all")?.state).toBe("ready");
});

test("a conversation that was erased is in no list, no count and no thread any more", async () => {
  await openThread("ada");
  news({ event: "entry", feedSeq: 8, conversationId: "ada", entry: entry(3, { createdAt: at(5) }) });
  await vi.waitFor(() => {
    expect(unread.value).toBe(1);
  });
  news({ event: "gone", feedSeq: 9, conversationId: "ada" });
  await vi.waitFor(() => {
    expect(order()).toEqual(["bob"]);
  });
  expect([unread.value, inbox.value.threads.has("ada"), threads.value.has("ada")]).toEqual([0, false, false]);
});

test("news reorders the list, grows the open thread and counts as unread", async () => {
  await openThread("ada");
  news({ event: "entry", feedSeq: 8, conversationId: "ada", entry: entry(3, { createdAt: at(5) }) });
  await vi.waitFor(() => {
    expect(order()).toEqual(["ada", "bob"]);
  });
  expect(inbox.value.threads.get("ada")?.map((one) => one.seq)).toEqual([1, 2, 3]);
  expect(unread.value).toBe(1);
  await markRead("ada");
  expect(unread.value).toBe(0);
  expect(asked).toContain("POST /v1/inbox/conversations/ada/read");
});

test("a conversation first heard of in the feed is fetched", async () => {
  news({ event: "entry", feedSeq: 8, conversationId: "carl", entry: entry(1) });
  await vi.waitFor(() => {
    expect(order()).toEqual(["carl", "bob", "ada"]);
  });
});

test("a thread is read once, then kept current by the feed", async () => {
  await openThread("ada");
  await openThread("ada");
  expect(asked.filter((path) => path.includes("/entries"))).toEqual([
    "/v1/inbox/conversations/ada/entries?after=0&limit=2",
  ]);
  expect(threads.value.get("ada")?.state).toBe("ready");
});

test("a note and who was given it arrive with the feed, and only once", async () => {
  await openThread("ada");
  const given = { ...ada, assignedTo: "a1", updatedAt: at(6) };
  const handing = note("n2", 2, { kind: "assignment", assignedTo: "a1" });
  news({ event: "note", feedSeq: 8, note: handing, conversation: given });
  await vi.waitFor(() => {
    expect(inbox.value.conversations.get("ada")?.assignedTo).toBe("a1");
  });
  expect(inbox.value.notes.get("ada")?.map((one) => one.id)).toEqual(["n1", "n2"]);
  await addNote("ada", "own-id", "she called before");
  news({ event: "note", feedSeq: 9, note: note("n9", 2, { createdAt: at(9) }), conversation: given });
  await vi.waitFor(() => {
    expect(inbox.value.notes.get("ada")?.map((one) => one.id)).toEqual(["n1", "n2", "n9"]);
  });
});

test("taking a conversation shows at once, and the views are counted again", async () => {
  counts.value = new Map();
  await assign("ada", "a1");
  expect(asked).toContain("PUT /v1/inbox/conversations/ada/assignee");
  expect(inbox.value.conversations.get("ada")?.assignedTo).toBe("a1");
  await vi.waitFor(() => {
    expect(counts.value.get("mine")).toBe(3);
  });
});

test("who types is known while they do, and is no step in the feed", async () => {
  live({ signs: [{ conversationId: "ada", kind: "typing", author: GRACE }] });
  await vi.waitFor(() => {
    expect(signs.value).toHaveLength(1);
  });
  live({ signs: [] });
  await vi.waitFor(() => {
    expect(signs.value).toEqual([]);
  });
  expect(asked.filter((path) => path.includes("/events"))).toHaveLength(1);
});
