import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ADA, ASKS, entered, NOBODY, server, settle } from "./fakedesk.ts";

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  sessionStorage.clear();
});
afterEach(() => { vi.useRealTimers(); });

describe("a chatflow", () => {
  test("asks before anything is written, and a pressed button answers with where the visitor is", async () => {
    const served = server();
    served.state.says = [{ text: "Hi", data: null }, { text: "What is it about?", data: ASKS }];
    const { room, desk, events, texts } = entered();
    desk.page = "https://shop.example/pricing";
    await room.begin(NOBODY, false);
    await settle();
    expect(room.asked.value).toEqual({ ...ASKS, key: "greeting-1" });
    room.press({ label: "An order", value: "order" });
    expect([room.asked.value, texts()]).toEqual([null, ["An order (sending)"]]);
    await settle();
    expect(served.bodies[0]).toMatchObject({ text: "An order", answer: { value: "order" }, page: "https://shop.example/pricing" });
    expect(events.find(([name]) => name === "quickReplyButtonClick")?.[1]).toEqual({ name: "QUICK_REPLIES", multiSelect: false, value: ["order"] });
    room.pause();
  });

  test("a form's answers go out together, and what was typed is there when it is asked again", async () => {
    const desk = server();
    const form = { step: "details", fields: [{ name: "contact.email", label: "E-mail", type: "email", required: true } as const] };
    desk.state.says = [{ text: "Who are you?", data: { form } }];
    const { room, texts } = entered();
    await room.begin(NOBODY, false);
    await settle();
    room.fill(form, "contact.email", "ada@");
    room.submit(form, { "contact.email": "ada@" });
    await settle();
    desk.add("bot", "Who are you?", null, { data: { form: { ...form, wrong: ["contact.email"] } } });
    await settle();
    expect(desk.bodies[0]).toMatchObject({ text: "E-mail: ada@", answer: { values: { "contact.email": "ada@" } } });
    expect([room.asked.value?.form?.wrong, room.filled.value.details, texts()]).toEqual([["contact.email"], { "contact.email": "ada@" }, ["E-mail: ada@", "Who are you?"]]);
    room.confirm();
    expect([room.screen.value, room.confirming.email.value]).toEqual(["confirm", "ada@"]);
    room.pause();
  });

  test("asks nothing in a conversation that is closed", async () => {
    const desk = server();
    desk.state.conversation = "1";
    desk.add("visitor", "hello");
    desk.add("bot", "What is it about?", null, { data: ASKS });
    const { room } = entered();
    await room.begin(NOBODY, false);
    await settle();
    expect(room.asked.value).not.toBeNull();
    desk.add("system", "Conversation closed", null, { type: "status", status: "closed" });
    await settle();
    expect([room.asked.value, room.closed.value]).toEqual([null, true]);
    room.pause();
  });

  test("what fits no page hides the chat, unless a conversation goes on", async () => {
    const desk = server();
    desk.state.fits = false;
    const { room, write } = entered();
    await room.begin(NOBODY, false);
    await settle();
    expect(room.hidden.value).toBe(true);
    room.show(true);
    expect(room.hidden.value).toBe(false);
    write("hello");
    await settle();
    room.show(false);
    expect(room.hidden.value).toBe(false);
    desk.add("system", "Conversation closed", null, { type: "status", status: "closed" });
    await settle();
    expect(room.hidden.value).toBe(true);
    room.pause();
  });
});

test("inline, a chat that fits no page is hidden though it is always open", async () => {
  const desk = server();
  desk.state.fits = false;
  const { room } = entered();
  room.look.value = { inline: true, focus: true, newThread: true };
  room.show(true);
  await room.begin(NOBODY, false);
  await settle();
  expect(room.hidden.value).toBe(true);
  room.pause();
});

describe("what is so now", () => {
  test("who types and the place in the queue come with the stream, and typing goes when it is cut", async () => {
    const desk = server();
    desk.state.conversation = "1";
    desk.add("visitor", "hello");
    const { room } = entered();
    await room.begin(NOBODY, false);
    await settle();
    desk.live({ conversationId: "1", typing: ["Mia"], agentReadSeq: 0, queue: { position: 2, opensAt: null } });
    await settle();
    expect(room.live.value).toMatchObject({ typing: ["Mia"], queue: { position: 2 } });
    room.pause();
  });

  test("a conversation that was begun in another tab is known, and told to the page by that tab alone", async () => {
    const desk = server();
    const { room, events, write } = entered();
    await room.begin(NOBODY, false);
    await settle();
    desk.state.conversation = "5";
    desk.live({ conversationId: "5", typing: [], agentReadSeq: 0, queue: null });
    desk.add("visitor", "from the other tab", "other");
    await settle();
    expect(room.session.value?.conversation?.id).toBe("5");
    write("from here");
    await settle();
    expect(events.map(([name]) => name)).not.toContain("conversationStarted");
    room.pause();
  });

  test("another conversation than the one on the screen is begun from its start", async () => {
    const desk = server();
    desk.state.conversation = "1";
    desk.add("visitor", "in the first");
    const { room, texts } = entered();
    await room.begin(NOBODY, false);
    await settle();
    desk.live({ conversationId: "2", typing: [], agentReadSeq: 0, queue: null });
    await settle();
    expect([room.session.value?.conversation?.id, texts()]).toEqual(["2", ["in the first"]]);
    expect(room.entries.value).toHaveLength(1);
    room.pause();
  });
});

describe("a merge", () => {
  const at = "2030-01-01T12:00:00Z";
  const line = (seq: number, text: string, more: object = {}) => ({
    seq, id: `x_${seq}`, type: "message" as const, clientMessageId: null, text, data: null, status: null, createdAt: at,
    author: { kind: "visitor" as const, id: "v", name: "" }, ...more,
  });

  test("leads to the survivor, and shows what was said before above it, until it is undone", async () => {
    const desk = server();
    desk.state.conversation = "1";
    const { room } = entered();
    await room.begin(NOBODY, false);
    await settle();
    desk.elsewhere["1"] = [line(1, "before"), line(2, "Merged into another conversation", { type: "status", status: "closed" })];
    desk.live({ conversationId: "2", typing: [], agentReadSeq: 0, queue: null, merged: ["1"] });
    await settle();
    desk.live({ conversationId: "2", typing: [], agentReadSeq: 0, queue: null, merged: ["1"] });
    await settle();
    expect(room.session.value?.conversation?.id).toBe("2");
    expect(room.merged.entries.value.map(({ text }) => text)).toEqual(["before"]);
    desk.live({ conversationId: "2", typing: [], agentReadSeq: 0, queue: null, merged: [] });
    await settle();
    expect(room.merged.entries.value).toEqual([]);
    room.pause();
  });

  test("of a long conversation shows every page, and what was on its way is no longer", async () => {
    const desk = server();
    desk.state.conversation = "2";
    desk.state.post = 0;
    const { room, write, texts } = entered();
    await room.begin(NOBODY, false);
    await settle();
    write("kept, but the answer was lost");
    await settle();
    expect(texts()).toEqual(["kept, but the answer was lost (waiting)"]);
    const id = room.letters.value[0]?.id ?? "";
    desk.elsewhere["1"] = [...Array.from({ length: 3 }, (_, index) => line(index + 1, `line ${index + 1}`)), line(4, "kept", { clientMessageId: id })];
    desk.live({ conversationId: "2", typing: [], agentReadSeq: 0, queue: null, merged: ["1"] });
    await settle();
    expect(room.merged.entries.value).toHaveLength(4);
    expect(texts()).toEqual([]);
    room.pause();
  });
});

describe("other conversations", () => {
  async function known() {
    const desk = server();
    desk.state.conversation = "1";
    desk.add("visitor", "in the first");
    const all = entered();
    await all.room.begin(ADA, false);
    await settle();
    return { ...all, desk };
  }

  test("one that is chosen takes the place of the one on the screen, and the page is told", async () => {
    const { room, events, texts } = await known();
    room.screen.value = "past";
    await room.past.choose("7");
    await settle();
    expect([texts(), room.screen.value, room.session.value?.conversation?.id]).toEqual([["from before"], "chat", "7"]);
    expect(events.at(-2)).toEqual(["userSelectedThread", { conversation: { conversationId: 7 } }]);
    expect(events.map(([name]) => name)).not.toContain("conversationClosed");
    room.pause();
  });

  test("a new one is empty, greets again, and is told as started with its first words", async () => {
    const { room, events, write, texts } = await known();
    await room.refresh(ADA, true);
    await settle();
    expect([texts(), room.open.value, room.greeting.value]).toEqual([[], true, [{ text: "Hi", data: null }]]);
    write("another matter");
    await settle();
    expect(texts()).toEqual(["another matter"]);
    expect(events.at(-1)).toEqual(["conversationStarted", { conversation: { conversationId: 2825000009 } }]);
    room.pause();
  });

  test("words on their way stay where they belong; words that failed are kept as a draft", async () => {
    const { desk, room, write } = await known();
    desk.state.post = 0;
    write("on its way");
    await settle();
    await room.past.choose("7");
    expect([room.past.problem.value, room.session.value?.conversation?.id]).toEqual(["Your last message is still being sent. Try again when it is.", "1"]);
    desk.state.post = 422;
    room.wake();
    await settle();
    await room.past.choose("7");
    await settle();
    expect([room.draft.value, room.letters.value, room.session.value?.conversation?.id]).toEqual(["on its way", [], "7"]);
    room.pause();
  });

  test("another person sees nothing of the list, the forms, or the address that was typed", async () => {
    const { room } = await known();
    room.past.threads.value = [{ id: "7", preview: "Ada's secret" } as never];
    room.filled.value = { details: { "contact.email": "ada@example.com" } };
    room.confirm();
    await room.identify({ email: "grace@example.com", token: "grace-1" });
    expect([room.past.threads.value, room.filled.value, room.confirming.email.value, room.screen.value]).toEqual([null, {}, "", "chat"]);
    room.pause();
  });
});
