import { describe, expect, test } from "vitest";

import type { Property } from "../conditions/properties.ts";
import type { Decision, Plan } from "./routing.ts";
import { decisionWords, factsOf, freeRuleName, movedRule, targetWords, whyWords, withRule } from "./words.ts";

const ADA = [{ id: "1", name: "Ada", status: "online" as const }];
const WHEN = { property: "contact.plan", operator: "eq", value: "vip" } as const;
const PLAN: Plan = {
  rules: ["a", "b", "c"].map((name) => ({ name, when: WHEN, team: "sales", priority: "normal" })),
  fallback: { team: "support", priority: "normal" },
  capacity: 10,
  capacities: {},
};

function decision(more: Partial<Decision>): Decision {
  return { conversationId: "9", at: "", step: "routed", team: "sales", priority: "normal", agentId: null, rule: null, by: "", trace: [], ...more };
}

describe("what was decided", () => {
  test.each<[Partial<Decision>, string, string]>([
    [{ rule: "VIP", priority: "high" }, "Sent to the team sales, high priority", "by the rule “VIP”"],
    [{ trace: [{}] }, "Sent to the team sales", "no rule held"],
    [{ team: null }, "Sent to anybody", ""],
    [{ step: "assigned", agentId: "1", by: "sticky" }, "Given to Ada", "who answered this person before"],
    [{ step: "unassigned", agentId: "2", by: "person" }, "Taken from agent 2", "by hand"],
    [{ step: "requeued", by: "away" }, "Back into the queue of the team sales", "the agent went away"],
    [{ step: "overflowed", by: "some_new_reason" }, "Waited too long, so sent on to the team sales", "some new reason"],
  ])("%j", (more, words, why) => {
    expect(decisionWords(decision(more), ADA)).toBe(words);
    expect(whyWords(decision(more))).toBe(why);
  });
});

describe("the rules", () => {
  test("one more goes to the end, under a name of its own", () => {
    const plan = withRule(withRule(PLAN));
    expect(plan.rules.map((one) => one.name)).toEqual(["a", "b", "c", "New rule", "New rule 2"]);
    expect(plan.rules[3]?.team).toBe("support");
    expect(freeRuleName(plan.rules, "a")).toBe("a 2");
  });

  test("they move, and no further than the ends", () => {
    const order = (index: number, places: number): string =>
      movedRule(PLAN.rules, index, places)
        .map((one) => one.name)
        .join("");
    expect([order(2, -1), order(0, 1), order(0, -1), order(2, 5)]).toEqual(["acb", "bac", "abc", "abc"]);
  });

  test("a target is said in a few words", () => {
    expect(targetWords({ team: null, priority: "urgent" })).toBe("anybody, urgent");
    expect(targetWords({ team: "sales", priority: "normal" })).toBe("sales");
  });
});

test("what is known of somebody is told in the type of each property", () => {
  const known = (name: string, kind: Property["kind"]): Property => ({ name, kind, label: "", visible: true, writable: true, options: [] });
  const properties = [known("deal.amount", "number"), known("hours.open", "bool"), known("contact.plan", "string")];
  expect(
    factsOf(
      [
        ["deal.amount", "250000"],
        ["hours.open", "false"],
        ["contact.plan", "vip"],
        ["contact.gone", ""],
        ["", "x"],
      ],
      properties,
    ),
  ).toEqual({ "deal.amount": 250_000, "hours.open": false, "contact.plan": "vip" });
});
