import { cleanup, fireEvent, render } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Desk, type Entry, type Session } from "../protocol.ts";
import { Room } from "../room.ts";
import { Vault } from "../person/vault.ts";
import { App } from "./App.tsx";
import { limitText } from "./Composer.tsx";

const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "\"><svg onload=alert(1)>",
  "javascript:alert(1)",
  "<a href=\"javascript:alert(1)\">x</a>",
  "{{constructor.constructor('alert(1)')()}}",
  "&lt;b&gt;not bold&lt;/b&gt;",
  "<iframe srcdoc='<script>alert(1)</script>'>",
  "<style>*{display:none}</style>",
  "\u202Etxet desrever",
  "  two\n\n  lines  ",
];

const SESSION: Session = {
  session: "s", evidence: "signed", contact: { firstName: "Ada" }, conversation: { id: "1", head: 0, readSeq: 0 },
  inbox: { name: "Ink & Paper", answeredBy: "We answer within the day", refusesUnproven: false, codes: false, identification: "optional" },
  chatflow: { name: null, welcome: "Hi Ada, how can we help?", says: [{ text: "Hi Ada, how can we help?", data: null }], fits: true },
  signedBy: "key 2026-11", signedUntil: null,
};

function entry(seq: number, text: string, name = "Mia"): Entry {
  return { seq, id: `m_${seq}`, type: "message", clientMessageId: null, author: { kind: "agent", id: "a", name }, text, data: null, status: null, createdAt: "2030-01-01T12:00:00Z" };
}

function drawn(change: (room: Room) => void = () => undefined) {
  const nothing = () => undefined;
  const room = new Room(new Desk("/v1/widget/web"), new Vault("web"), { event: nothing, gone: nothing, left: nothing });
  room.session.value = SESSION;
  room.open.value = true;
  change(room);
  return { room, ...render(<App room={room} />) };
}

beforeEach(() => { vi.stubGlobal("fetch", () => new Promise(() => undefined)); });
afterEach(cleanup);

describe("words of people are text", () => {
  test.each(HOSTILE)("message %j", (text) => {
    const { container } = drawn((room) => { room.entries.value = [entry(1, text)]; });
    const bubble = container.querySelector(".theirs:not(.greeting) .bubble");
    expect(bubble?.textContent).toBe(text);
    expect(bubble?.children.length).toBe(0);
  });

  test.each(HOSTILE)("names, welcome and refusals %j", (text) => {
    const { container } = drawn((room) => {
      const inbox = { ...SESSION.inbox, name: text, answeredBy: text };
      room.session.value = { ...SESSION, contact: { firstName: text }, inbox, chatflow: { name: null, welcome: text, says: [{ text, data: null }], fits: true } };
      room.entries.value = [entry(1, "x", text)];
      room.letters.value = [{ id: "c", text, at: "2030-01-01T12:00:00Z", state: "failed", reason: text }];
    });
    expect(container.querySelectorAll("script, img, iframe, style, a, svg[onload], b").length).toBe(0);
    expect(container.querySelector(".greeting .bubble")?.textContent).toBe(text);
  });
});

describe("the panel", () => {
  test("says whose chat it is, who answers and who is signed in", () => {
    const { getByText, getByRole } = drawn();
    getByText("We answer within the day");
    getByText("Signed in as Ada");
    getByText("Hi Ada, how can we help?");
    expect(getByRole("log").getAttribute("aria-live")).toBe("polite");
    expect(getByRole("dialog").getAttribute("aria-label")).toBe("Ink & Paper");
  });

  test("shows a greeting within 300 ms even when the desk is away", async () => {
    vi.useFakeTimers();
    const { container, getByText } = drawn((room) => { room.session.value = null; });
    expect(container.querySelector(".greeting")).toBeNull();
    await vi.advanceTimersByTimeAsync(320);
    getByText("Hi, how can we help?");
    vi.useRealTimers();
  });

  test("Esc closes it, and focus goes back to the launcher", async () => {
    const { room, getByRole, findByRole } = drawn();
    fireEvent.keyDown(getByRole("textbox"), { key: "Escape" });
    const launcher = await findByRole("button", { name: "Open chat" });
    await vi.waitFor(() => { expect(document.activeElement).toBe(launcher); });
    expect(room.open.value).toBe(false);
  });

  test("opens with the focus in the field", async () => {
    const { getByRole } = drawn();
    await vi.waitFor(() => { expect(document.activeElement).toBe(getByRole("textbox")); });
  });

  test("Tab stays inside when it fills the screen", async () => {
    const { getByRole } = drawn((room) => { room.full.value = true; });
    await vi.waitFor(() => { expect(document.activeElement).toBe(getByRole("dialog")); });
    const [close, field] = [getByRole("button", { name: "Your conversations" }), getByRole("textbox")];
    field.focus();
    fireEvent.keyDown(field, { key: "Tab" });
    expect(document.activeElement).toBe(close);
    fireEvent.keyDown(close, { key: "Tab", shiftKey: true });
    expect(document.activeElement).toBe(field);
  });
});

describe("the composer", () => {
  test("Enter sends; with Shift, or while a word is composed, it does not", async () => {
    const { room, getByRole } = drawn();
    const field = getByRole("textbox");
    fireEvent.input(field, { target: { value: "hello" } });
    fireEvent.keyDown(field, { key: "Enter", shiftKey: true });
    fireEvent.keyDown(field, { key: "Enter", isComposing: true });
    expect(room.letters.value).toEqual([]);
    fireEvent.keyDown(field, { key: "Enter" });
    expect(room.letters.value).toMatchObject([{ text: "hello" }]);
    await vi.waitFor(() => { expect((field as HTMLTextAreaElement).value).toBe(""); });
  });

  test("tells the limit when it is near and when it is passed", () => {
    expect([10, 3900, 4000, 4012].map(limitText)).toEqual(["", "100 characters left", "0 characters left", "12 characters too long"]);
  });

  test("a failed message has a reason and a Retry", () => {
    const { room, getByRole, getByText } = drawn((one) => {
      one.letters.value = [{ id: "c", text: "x", at: "2030-01-01T12:00:00Z", state: "failed", reason: "Too long." }];
    });
    getByText(/Not sent\. Too long\./);
    const retry = vi.spyOn(room, "retry");
    fireEvent.click(getByRole("button", { name: "Retry" }));
    expect(retry).toHaveBeenCalledExactlyOnceWith("c");
  });
});

test("a lost connection is told only after two seconds", async () => {
  vi.useFakeTimers();
  const { container } = drawn((room) => { room.link.value = "waiting"; });
  const line = () => container.querySelector(".state")?.textContent;
  await vi.advanceTimersByTimeAsync(1900);
  expect(line()).toBe("");
  await vi.advanceTimersByTimeAsync(200);
  expect(line()).toBe("Reconnecting…");
  vi.useRealTimers();
});
