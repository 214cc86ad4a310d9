import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ADA, entered, NOBODY, server, settle } from "./fakedesk.ts";

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  sessionStorage.clear();
});
afterEach(() => { vi.useRealTimers(); });

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
    expect(events.map(([name]) => name)).toEqual(["userInteractedWithWidget", "conversationStarted"]);
    expect(events.at(-1)?.[1]).toEqual({ conversation: { conversationId: 2825000001 } });
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
