import { expect, test } from "vitest";

import { entry, GRACE, note } from "../samples.ts";
import { answerLines, handingWords, lineOf, offerWords, statusWords } from "./words.ts";

const LINUS = { kind: "agent", id: "a2", name: "Linus" } as const;
const ROUTING = { kind: "system", id: "routing", name: "Routing" } as const;
const NAMES: Readonly<Record<string, string>> = { a1: "Grace", a2: "Linus", a3: "Ada" };
const handing = (author: typeof GRACE | typeof LINUS | typeof ROUTING, assignedFrom: string | null, assignedTo: string | null) =>
  handingWords(
    note("n", 1, { kind: "assignment", author, assignedFrom, assignedTo }),
    (id) => (id === "a1" ? "you" : (NAMES[id] ?? "?")),
    "a1",
  );

test("who closed or reopened it is said", () => {
  const closed = entry(2, { type: "status", status: "closed", author: GRACE });
  expect(statusWords(closed)).toBe("Grace closed this conversation");
  expect(statusWords({ ...closed, status: "open", author: { kind: "system", id: "", name: "" } })).toBe(
    "Callingcard reopened this conversation",
  );
});

test("who merged conversations, or parted them, is said", () => {
  const line = (merge: object) => statusWords(entry(2, { type: "status", status: "closed", author: GRACE, data: { merge } }));
  expect(line({ into: "7" })).toBe("Grace merged this conversation into another one");
  expect(line({ from: "7" })).toBe("Grace merged another conversation into this one");
  expect(line({ undone: "7" })).toBe("Grace undid a merge of this conversation");
});

test("who was given it is said from where the reader stands", () => {
  expect(handing(GRACE, null, "a1")).toBe("You took this conversation");
  expect(handing(LINUS, null, "a2")).toBe("Linus took this conversation");
  expect(handing(ROUTING, null, "a1")).toBe("Routing gave this conversation to you");
  expect(handing(LINUS, "a1", "a3")).toBe("Linus gave this conversation to Ada, from you");
  expect(handing(GRACE, "a1", null)).toBe("You let go of this conversation");
  expect(handing(LINUS, "a3", null)).toBe("Linus took this conversation off Ada");
});

test("a line says what was answered where nothing was written", () => {
  const data = { answer: { values: { "contact.email": "ada@example.com", "contact.order_number": "7" } } };
  expect(lineOf(entry(1, { text: "", data }))).toBe("ada@example.com, 7");
  expect(lineOf(entry(1, { text: "Sales", data: { answer: { value: "sales" } } }))).toBe("Sales");
  expect(lineOf(null)).toBe("No messages yet");
  expect(answerLines(entry(1, { data }))).toEqual([
    ["email", "ada@example.com"],
    ["order number", "7"],
  ]);
});

test("what a chatflow offered or asked for is one sentence", () => {
  const options = [{ label: "Sales", value: "sales" }, { label: "Help", value: "help" }];
  expect(offerWords(entry(1, { data: { options } }))).toBe("Offered: Sales · Help");
  const fields = [{ name: "contact.email", label: "E-mail" }, { name: "contact.lead_source", label: "" }];
  expect(offerWords(entry(1, { data: { form: { fields } } }))).toBe("Asked for: E-mail, lead source");
  expect([offerWords(entry(1)), offerWords(entry(1, { data: { options: [] } }))]).toEqual(["", ""]);
});
