import { cleanup, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { session } from "../../session/session.ts";
import { EMPTY, withConversations, withEntries, withNotes } from "../feed.ts";
import { signs } from "../house.ts";
import { conversation, entry, note } from "../samples.ts";
import { inbox } from "../store.ts";
import type { Entry } from "../types.ts";
import { Lines } from "./lines.tsx";

const BOT = { kind: "bot", id: "welcome", name: "Ink & Paper" } as const;
const one = conversation("c", { head: 4 });

beforeEach(() => {
  vi.stubGlobal("ResizeObserver", class { observe = vi.fn(); disconnect = vi.fn(); });
  session.value = { agent: { id: "a1", name: "Grace", email: "g@example.com", role: "agent" }, workspace: "Shop" };
});
afterEach(() => {
  cleanup();
  inbox.value = EMPTY;
  signs.value = [];
  session.value = null;
  vi.unstubAllGlobals();
});

/** Show a thread of *entries* with one note. */
function show(...entries: Entry[]): void {
  const known = withConversations(EMPTY, [one]);
  inbox.value = withNotes(withEntries(known, "c", entries), "c", [note("n1", 1, { text: "she called before" })]);
  render(<Lines conversation={one} entries={entries} />);
}

test("what a chatflow said, offered and asked for can be read, and that it was a chatflow", () => {
  const options = [{ label: "Orders", value: "orders" }, { label: "Returns", value: "returns" }];
  const fields = [{ name: "contact.email", label: "E-mail" }];
  show(
    entry(1, { author: BOT, text: "What is it about?", data: { options } }),
    entry(2, { text: "Orders", data: { answer: { value: "orders" } } }),
    entry(3, { author: BOT, text: "Who are you?", data: { form: { step: "who", fields } } }),
    entry(4, { text: "contact.email: ada@example.com", data: { answer: { values: { "contact.email": "ada@example.com" } } } }),
  );
  expect(screen.getByText("Offered: Orders · Returns")).toBeTruthy();
  expect(screen.getByText("Orders").dataset["chosen"]).toBe("true");
  expect(screen.getByText("Asked for: E-mail")).toBeTruthy();
  expect(screen.getByText("ada@example.com").tagName).toBe("DD");
  expect(screen.getAllByText("Chatflow")).toHaveLength(2);
});

test("a note is told apart from what the visitor sees by its words, not its colour alone", () => {
  show(entry(1));
  const shown = screen.getByRole("article", { name: "Internal note" });
  expect(shown.textContent).toContain("Internal note");
  expect(shown.textContent).toContain("she called before");
  expect(shown.closest(".group")).toBeNull();
});

test("what was merged stands where it began, with the day and the way back", () => {
  const merged = conversation("m", { mergedInto: "c", createdAt: "2020-05-03T09:00:00Z" });
  inbox.value = withEntries(withConversations(EMPTY, [one, merged]), "m", [
    entry(1, { id: "before", text: "said before" }),
    entry(2, { id: "away", type: "status", status: "closed", data: { merge: { into: "c" } } }),
  ]);
  render(<Lines conversation={one} entries={[entry(1, { text: "said earlier", createdAt: "2019-05-03T09:00:00Z" }), entry(2, { text: "said here" })]} />);
  const section = screen.getByRole("region", { name: "Merged from another conversation" });
  expect(section.textContent).toMatch(/Merged from a conversation of .*3/);
  expect(section.textContent).toContain("said before");
  expect(section.textContent).not.toContain("closed");
  expect(section.querySelector("button")?.textContent).toContain("Undo");
  const bubbles = [...document.querySelectorAll(".bubble")].map((bubble) => bubble.textContent);
  expect(bubbles).toEqual(["said earlier", "said before", "said here"]);
});

test("who types is said while they do", () => {
  signs.value = [{ conversationId: "c", kind: "typing", author: { kind: "visitor", id: "v1", name: "Ada" } }];
  show(entry(1));
  expect(screen.getByRole("status").textContent).toBe("The visitor is typing");
});

test("what a visitor wrote is never markup", () => {
  show(entry(1, { text: "<b>bold</b>" }));
  expect(screen.getByText("<b>bold</b>").querySelector("b")).toBeNull();
});
