import { describe, expect, test } from "vitest";
import type { Outgoing } from "@callingcard/kit/sync/outbox.ts";
import type { Entry, Field, Form } from "../protocol.ts";
import { askedNow, faultOf, greetingLength, refusalOf, valuesOf, wordsOf } from "./asked.ts";

const OPTIONS = { options: [{ label: "Billing", value: "billing" }] };
const entry = (seq: number, kind: Entry["author"]["kind"], data: Entry["data"] = null): Entry => ({
  seq, id: `m_${seq}`, type: "message", clientMessageId: null, author: { kind, id: kind, name: kind }, text: "x", data, status: null, createdAt: "2030-01-01T12:00:00Z",
});
const letter = (state: Outgoing["state"]): Outgoing => ({ id: "c", text: "x", at: "2030-01-01T12:00:00Z", state, reason: null });
const field = (more: Partial<Field> = {}): Field => ({ name: "contact.email", label: "E-mail", type: "email", required: true, ...more });

describe("askedNow", () => {
  test("before anything is written, the greeting's last line asks", () => {
    expect(askedNow([], [], [{ text: "Hi", data: null }, { text: "What is it about?", data: OPTIONS }])).toEqual({ ...OPTIONS, key: "greeting-1" });
    expect(askedNow([], [], [{ text: "What?", data: OPTIONS }, { text: "Hi", data: null }])).toBeNull();
  });

  test("then the newest line, and only a bot's", () => {
    expect(askedNow([entry(1, "visitor"), entry(2, "bot", OPTIONS)], [], [])).toEqual({ ...OPTIONS, key: "m_2" });
    expect(askedNow([entry(1, "visitor"), entry(2, "bot", OPTIONS), entry(3, "visitor")], [], [])).toBeNull();
    expect(askedNow([entry(1, "visitor"), entry(2, "agent", OPTIONS)], [], [])).toBeNull();
  });

  test("a question of the greeting keeps its key when it is in the log", () => {
    expect(askedNow([entry(1, "bot", OPTIONS)], [], [])?.key).toBe("greeting-0");
  });

  test("while an answer is on its way nothing is asked; one that failed is asked again", () => {
    const entries = [entry(1, "visitor"), entry(2, "bot", OPTIONS)];
    for (const state of ["queued", "sending", "waiting", "sent"] as const) expect(askedNow(entries, [letter(state)], [])).toBeNull();
    expect(askedNow(entries, [letter("failed")], [])).not.toBeNull();
  });
});

test("the greeting ends where somebody else speaks", () => {
  expect([[], [entry(1, "bot")], [entry(1, "bot"), entry(2, "visitor"), entry(3, "bot")], [entry(1, "visitor")]].map(greetingLength)).toEqual([0, 1, 1, 0]);
});

describe("forms", () => {
  test("show what was typed, or else what is known", () => {
    const form: Form = { step: "s", fields: [field({ value: "ada@example.com" }), field({ name: "vip", type: "bool", value: false }), field({ name: "seats", type: "number" })] };
    expect(valuesOf(form, {})).toEqual({ "contact.email": "ada@example.com", vip: "false", seats: "" });
    expect(valuesOf(form, { "contact.email": "", seats: "3" })).toEqual({ "contact.email": "", vip: "false", seats: "3" });
  });

  test.each([
    [field(), "  ", "Fill this in, please."],
    [field({ required: false }), "", ""],
    [field(), "ada", "This does not look like an e-mail address. Check it, please."],
    [field(), " ada@example.com ", ""],
    [field({ type: "number" }), "two", "Give a number, such as 12 or 12.5."],
    [field({ type: "number" }), "1 200.5", ""],
    [field({ type: "string" }), "anything", ""],
  ])("%j with %j: %j", (one, text, fault) => {
    expect(faultOf(one, text)).toBe(fault);
  });

  test("what the desk refuses is a fault even where we see none", () => {
    expect(refusalOf(field({ type: "date" }), "2030-02-30")).toBe("Give a date.");
  });

  test("are told in words, without what was left empty", () => {
    const form: Form = { step: "s", fields: [field(), field({ name: "vip", label: "VIP", type: "bool" }), field({ name: "b", label: "B", type: "string" })] };
    expect(wordsOf(form, { "contact.email": " ada@example.com ", vip: "true", b: " " })).toBe("E-mail: ada@example.com\nVIP: Yes");
    expect(wordsOf(form, {})).toBe("Left empty");
  });
});
