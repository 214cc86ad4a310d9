import type { FeedEvent } from "@callingcard/kit/api.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { listed } from "./feed.ts";
import { at, conversation, entry } from "./samples.ts";
import { closeInbox, inbox, lists, markRead, openInbox, openThread, threads, unread } from "./store.ts";

const ada = conversation("ada", { head: 2, updatedAt: at(2) });
const bob = conversation("bob", { head: 1, updatedAt: at(3) });
let news: (event: FeedEvent) => void;
let asked: string[];

/** A server with two conversations and a feed that the test speaks through. */
function serve(path: string): Response {
  asked.push(path);
  if (path.startsWith("/v1/inbox/events")) return stream();
  if (path.includes("/entries")) return Response.json({ events: [entry(1), entry(2)], head: 2 });
  if (path.endsWith("/read")) return new Response(null, { status: 204 });
  if (path.endsWith("/carl")) return Response.json(conversation("carl", { head: 1, updatedAt: at(9) }));
  if (path.endsWith("/ada")) return Response.json(ada);
  return Response.json({ results: [bob, ada], next: null, feed: 7 });
}

function stream(): Response {
  const write = (controller: ReadableStreamDefaultController, text: string) => {
    controller.enqueue(new TextEncoder().encode(text));
  };
  const body = new ReadableStream({
    start(controller) {
      write(controller, 'event: heartbeat\ndata: {"head":7}\n\n');
      news = (event) => {
        write(controller, `id: ${event.feedSeq}\nevent: ${event.event}\ndata: ${JSON.stringify(event)}\n\n`);
      };
    },
  });
  return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
}

beforeEach(async () => {
  asked = [];
  vi.stubGlobal("fetch", (path: string) => Promise.resolve(serve(path)));
  await openInbox();
  await vi.waitFor(() => {
    expect(asked).toContain("/v1/inbox/events?after=7");
  });
});
afterEach(closeInbox);

const order = () => listed(inbox.value, "open").map((one) => one.id);

test("the list is read and the feed followed from there", () => {
  expect(order()).toEqual(["bob", "ada"]);
  expect(lists.value.get("open")?.state).toBe("ready");
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
  expect(asked.at(-1)).toBe("/v1/inbox/conversations/ada/read");
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
