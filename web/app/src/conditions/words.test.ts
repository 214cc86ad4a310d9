import { describe, expect, test } from "vitest";

import { byOwner, findProperty, propertyLabel, type Property } from "./properties.ts";
import { conditionOf, groupOf, leavesOf, type Condition } from "./tree.ts";
import { conditionWords, operatorsFor, operatorWords, readList, readValue, saidWords, withOperator } from "./words.ts";

function property(name: string, more: Partial<Property> = {}): Property {
  return { name, kind: "string", label: "", visible: true, writable: true, options: [], ...more };
}

const KNOWN = [
  property("contact.plan", { label: "Plan" }),
  property("contact.lifecyclestage", { label: "Lifecycle Stage", kind: "enum", options: ["lead", "customer"] }),
  property("deal.amount", { label: "Amount", kind: "number" }),
  property("hours.open", { label: "The office is open", kind: "bool" }),
  property("contact.since", { kind: "date" }),
  property("page.query.", { label: "Query parameter", isOpen: true }),
];
const VIP: Condition = { property: "contact.plan", operator: "eq", value: "vip" };
const LARGE: Condition = { property: "deal.amount", operator: "gte", value: 250_000 };

describe("a tree seen as groups", () => {
  test("a single comparison is a group of one, and becomes itself again", () => {
    expect(groupOf(VIP, "when")).toEqual({ mode: "all", parts: [{ condition: VIP, path: "when" }] });
    expect(conditionOf("all", [VIP], { isTop: true })).toEqual(VIP);
    expect(conditionOf("any", [VIP], { isTop: false })).toEqual({ any: [VIP] });
  });

  test("none is not any, and its parts are where the server says they are", () => {
    const none: Condition = { not: { any: [VIP, LARGE] } };
    expect(groupOf(none, "when")).toEqual({
      mode: "none",
      parts: [
        { condition: VIP, path: "when.not.any.0" },
        { condition: LARGE, path: "when.not.any.1" },
      ],
    });
    expect(conditionOf("none", [VIP, LARGE], { isTop: true })).toEqual(none);
    expect(groupOf({ not: { all: [VIP] } }, "w").parts).toEqual([{ condition: { all: [VIP] }, path: "w.not" }]);
  });

  test("an empty group is no condition", () => {
    expect(conditionOf("any", [], { isTop: false })).toBeNull();
  });

  test("every comparison is found", () => {
    expect(leavesOf({ all: [VIP, { not: { any: [LARGE] } }] })).toEqual([VIP, LARGE]);
  });
});

describe("in words", () => {
  test.each<[Condition, string]>([
    [VIP, "contact’s plan is “vip”"],
    [{ property: "contact.lifecyclestage", operator: "eq", value: "lead" }, "contact’s lifecycle stage is “lead”"],
    [LARGE, "largest open deal’s amount is at least 250,000"],
    [{ property: "hours.open", operator: "eq", value: true }, "the office is open"],
    [{ property: "hours.open", operator: "eq", value: false }, "not: the office is open"],
    [{ property: "contact.since", operator: "lt", value: "2030-01-01" }, "contact’s since is before “2030-01-01”"],
    [{ property: "deal.amount", operator: "between", value: [1, 2] }, "largest open deal’s amount is between 1 and 2"],
    [{ property: "contact.plan", operator: "is_unknown" }, "contact’s plan is not known"],
    [{ property: "page.query.utm_source", operator: "in", value: ["a", "b"] }, "query parameter utm_source is one of “a”, “b”"],
    [{ any: [VIP, { all: [LARGE, VIP] }] }, "contact’s plan is “vip” or (largest open deal’s amount is at least 250,000 and contact’s plan is “vip”)"],
    [{ not: { any: [VIP, LARGE] } }, "none of: contact’s plan is “vip”; largest open deal’s amount is at least 250,000"],
    [{ property: "", operator: "eq", value: "" }, "a property that is not chosen yet is “”"],
  ])("%j", (condition, words) => {
    expect(conditionWords(condition, KNOWN)).toBe(words);
  });

  test("a trial says what was found instead, and what is not known", () => {
    const said = { property: "contact.plan", operator: "eq", value: "vip" } as const;
    expect(saidWords({ ...said, holds: true, found: "vip" }, KNOWN)).toBe("contact’s plan is “vip”: yes");
    expect(saidWords({ ...said, holds: false, found: "free" }, KNOWN)).toBe("contact’s plan is “vip”: no, it is “free”");
    expect(saidWords({ ...said, holds: null, found: null }, KNOWN)).toBe("contact’s plan is “vip”: not known");
    expect(saidWords({ ...said, holds: false }, KNOWN)).toBe("contact’s plan is “vip”: no");
  });

  test("dates come before and after, numbers are less and more", () => {
    expect(operatorWords("gt", "date")).toBe("is after");
    expect(operatorWords("gt", "number")).toBe("is more than");
  });
});

describe("changing a comparison", () => {
  const leaf = { property: "deal.amount", operator: "eq", value: 5 } as const;

  test("the value goes along as far as it fits", () => {
    expect(withOperator(leaf, "is_known")).toEqual({ property: "deal.amount", operator: "is_known" });
    expect(withOperator(leaf, "between").value).toEqual([5, ""]);
    expect(withOperator(leaf, "in").value).toEqual([5]);
    expect(withOperator({ ...leaf, operator: "in", value: [7, 8] }, "gt").value).toBe(7);
    expect(withOperator({ property: "a.b", operator: "is_known" }, "eq").value).toBe("");
  });

  test("an operator from elsewhere stays to be chosen", () => {
    expect(operatorsFor("bool", "neq")).toContain("neq");
    expect(operatorsFor("bool", "eq")).not.toContain("lt");
  });

  test("numbers are read where they are whole, and half-typed ones stay as typed", () => {
    expect(readValue("250", "number")).toBe(250);
    expect(readValue("2.", "number")).toBe("2.");
    expect(readValue("", "number")).toBe("");
    expect(readValue("250", "string")).toBe("250");
    expect(readList("1, two,, 3 ", "number")).toEqual([1, "two", 3]);
  });
});

describe("properties", () => {
  test("a label is made of a name that has none", () => {
    expect(propertyLabel(property("contact.last_topic"))).toBe("Last topic");
  });

  test("parts of a page's query need no entry, other names do", () => {
    expect(findProperty("page.query.plan", KNOWN)?.label).toBe("Query parameter plan");
    expect(findProperty("contact.nothing", KNOWN)).toBeNull();
  });

  test("they are offered by whose they are, by label", () => {
    expect(byOwner(KNOWN).map(([owner, found]) => [owner, found.map(propertyLabel)])).toEqual([
      ["Contact", ["Lifecycle Stage", "Plan", "Since"]],
      ["Largest open deal", ["Amount"]],
      ["Page", ["Query parameter"]],
      ["Office hours", ["The office is open"]],
    ]);
  });
});
