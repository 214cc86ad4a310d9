import { expect, test } from "vitest";

import type { Flow } from "../../document.ts";
import { knownOf } from "./real-contact.tsx";
import { calledSteps, SKETCHES, somebodyOf } from "./somebody.ts";

const FLOW: Flow = {
  name: "support",
  steps: { order: { type: "function", name: "lookup" }, bot: { type: "webhook", url: "https://x.example" }, end: { type: "end" } },
};

test("a sketch is told as the server takes it, each property by its owner", () => {
  const told = somebodyOf({ ...SKETCHES.customer, inputs: [{ value: "a" }] }, FLOW);
  expect(told.contact).toMatchObject({ email: "ada@example.com", firstname: "Ada" });
  expect(told.company).toEqual({ name: "Engines & Co" });
  expect(told.deals).toEqual([{ amount: "250000" }]);
  expect(told.inputs).toEqual([{ value: "a" }]);
  expect(told).not.toHaveProperty("now");
});

test("what was left empty is not known", () => {
  const told = somebodyOf({ ...SKETCHES.stranger, known: [["contact.email", ""], ["", "x"]], at: "nonsense" }, FLOW);
  expect([told.contact, told.company, told.deals]).toEqual([{}, {}, []]);
  expect(told).not.toHaveProperty("now");
  expect(somebodyOf({ ...SKETCHES.stranger, at: "2030-01-01T12:00" }, FLOW).now).toBe(new Date(2030, 0, 1, 12).toISOString());
});

test("what comes back is JSON, or a text; of steps that are gone it is left out", () => {
  const returns = { order: '{"status": "sent"}', bot: "hello", gone: "1", end: " " };
  expect(somebodyOf({ ...SKETCHES.stranger, returns }, FLOW).returns).toEqual({ order: { status: "sent" }, bot: "hello" });
  expect(calledSteps(FLOW)).toEqual(["order", "bot"]);
});

test("of a real contact, what has a value is known", () => {
  expect(knownOf({ email: "a@b.co", plan: "", seats: 3, vip: false, more: null, other: {} })).toEqual([
    ["contact.email", "a@b.co"],
    ["contact.seats", "3"],
    ["contact.vip", "false"],
  ]);
});
