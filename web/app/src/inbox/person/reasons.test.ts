import { expect, test } from "vitest";

import type { Decision } from "../types.ts";
import { leafWords, ruleWords, stepWords } from "./reasons.ts";

const decision = (changes: Partial<Decision>): Decision => ({
  conversationId: "1",
  at: "2026-11-21T09:00:00Z",
  step: "routed",
  team: "support",
  priority: "normal",
  agentId: null,
  rule: null,
  by: "fallback",
  trace: [],
  ...changes,
});
const words = (changes: Partial<Decision>) => stepWords(decision(changes), (id) => (id === "a1" ? "you" : "Linus"));

test("each step says what happened and why", () => {
  expect(words({})).toBe("Sent to support: no rule matched, so the fallback took it");
  expect(words({ by: "rule", rule: "VIP", team: "priority" })).toBe("Sent to priority: the rule “VIP” matched");
  expect(words({ by: "team" })).toBe("Sent to support: a chatflow asked for it");
  expect(words({ by: "person" })).toBe("Sent to support: a person chose it");
  expect(words({ team: null })).toBe("Left with no team: no rule matched, so the fallback took it");
  expect(words({ step: "assigned", agentId: "a1", by: "sticky" })).toBe(
    "Given to you: they talked with this visitor last",
  );
  expect(words({ step: "unassigned", agentId: "a2" })).toBe("Taken off Linus by a person");
  expect(words({ step: "requeued", agentId: "a2", by: "away" })).toBe("Back in the queue: Linus went away");
  expect(words({ step: "overflowed", by: "sales" })).toBe("Moved on to support: nobody in sales was free in time");
  expect(words({ step: "out_of_hours", by: "sales" })).toBe("Sent to support: sales is closed now");
  expect(words({ step: "out_of_hours", by: "fallback" })).toBe("Sent to support: the team that was meant is closed now");
});

test("what a rule asked is said with its outcome; unknown is neither yes nor no", () => {
  expect(ruleWords({ rule: "VIP", matched: false, leaves: [] })).toBe("VIP: did not match");
  const leaf = { property: "contact.plan", operator: "eq", value: "vip" };
  expect(leafWords({ ...leaf, holds: true })).toBe("contact.plan is vip: yes");
  expect(leafWords({ ...leaf, holds: null })).toBe("contact.plan is vip: not known");
  expect(leafWords({ property: "page.path", operator: "in", value: ["/a", "/b"], holds: false })).toBe(
    "page.path is one of /a, /b: no",
  );
  expect(leafWords({ property: "contact.email", operator: "is_known", value: null, holds: true })).toBe(
    "contact.email is known: yes",
  );
});
