import { expect, test } from "vitest";

import type { Delivery, Webhook } from "./webhooks.ts";
import { attemptWords, EVENTS, heard, webhookReasons, whyOff } from "./words.ts";

const HOOK: Webhook = {
  id: "1",
  url: "https://shop.example/hooks",
  subscriptions: [
    { id: "1", eventType: "contact.creation", propertyName: null, active: true },
    { id: "2", eventType: "contact.propertyChange", propertyName: "plan", active: true },
    { id: "3", eventType: "contact.propertyChange", propertyName: "email", active: true },
    { id: "4", eventType: "contact.merge", propertyName: null, active: false },
  ],
  maxConcurrentRequests: 10,
  signature: "v1",
  state: "working",
  failingSince: null,
  disabledAt: null,
  createdAt: "2030-01-01T12:00:00Z",
  updatedAt: "2030-01-01T12:00:00Z",
};

const SENT: Delivery = {
  id: "1-2",
  eventType: "contact.creation",
  event: {},
  state: "delivered",
  attempts: 1,
  occurredAt: "2030-01-01T12:00:00Z",
  dueAt: null,
  lastStatus: 204,
  lastProblem: null,
  endedAt: "2030-01-01T12:00:01Z",
};

test("a kind is heard once, however many properties of it, and not while it is paused", () => {
  expect(heard(HOOK)).toEqual(["contact.creation", "contact.propertyChange"]);
});

test("every kind of event is offered once", () => {
  const kinds = EVENTS.flatMap(([, of]) => of.map(([kind]) => kind));
  expect(kinds.length).toBe(12);
  expect(new Set(kinds).size).toBe(12);
});

test("an address is whole, and something is heard", () => {
  expect(webhookReasons("https://shop.example/hooks", ["contact.creation"])).toEqual({});
  expect(Object.keys(webhookReasons("shop.example", []))).toEqual(["url", "events"]);
  expect(webhookReasons("https:///x", ["a"])).toHaveProperty("url");
});

test("one that is off says whether it failed or was turned off", () => {
  expect(whyOff(HOOK)).toBe("");
  const off: Webhook = { ...HOOK, state: "disabled", disabledAt: "2030-01-05T12:00:00Z" };
  expect(whyOff(off)).toContain("Somebody turned it off");
  expect(whyOff({ ...off, failingSince: "2030-01-02T12:00:01Z" })).toContain("Somebody turned it off");
  expect(whyOff({ ...off, failingSince: "2030-01-02T12:00:00Z" })).toContain("nothing arrived");
});

test("an attempt says what came back, and how often it was tried", () => {
  expect(attemptWords(SENT)).toBe("Answered 204");
  expect(attemptWords({ ...SENT, attempts: 3 })).toBe("Answered 204 after 3 tries");
  expect(attemptWords({ ...SENT, state: "waiting", attempts: 0, lastStatus: null })).toBe("");
  const failed: Delivery = { ...SENT, state: "failed", attempts: 11, lastStatus: null, lastProblem: "no answer within 5 seconds" };
  expect(attemptWords(failed)).toBe("No answer within 5 seconds after 11 tries");
  expect(attemptWords({ ...failed, lastProblem: null, lastStatus: 500, attempts: 1 })).toBe("Answered 500");
});
