import { describe, expect, test } from "vitest";

import type { Property } from "../conditions/properties.ts";
import type { Step } from "./document.ts";
import { fallbackReason, inserted, token, tokenReason } from "./tokens.ts";
import { durationWords, flowNameReason, summary, traceWords, wayWords } from "./words.ts";

function property(name: string, more: Partial<Property> = {}): Property {
  return { name, kind: "string", label: "", visible: true, writable: true, options: [], ...more };
}

const KNOWN = [
  property("contact.firstname"),
  property("contact.plan"),
  property("contact.risk", { visible: false }),
  property("page.path"),
];

describe("tokens", () => {
  test.each([
    ["Hello", ""],
    ["Hi {{ contact.firstname | default: 'there' }}!", ""],
    ['Hi {{ contact.firstname | capitalize | default: "there" }}!', ""],
    ["You are on {{ page.path }}", ""],
    ["Hi {{ contact.firstname }}", "contact.firstname may be unknown: write {{ contact.firstname | default: 'something' }}."],
    ["Hi {{ contact.firstname | default: '' }}", "contact.firstname may be unknown: write {{ contact.firstname | default: 'something' }}."],
    ["{{ contact.risk | default: 'x' }}", "Visitors may not see contact.risk."],
    ["{{ contact.nothing | default: 'x' }}", "There is no property contact.nothing."],
    ["{{ }}", "A token needs a property, such as contact.firstname."],
    ["Hi {{ contact.firstname", "A token is opened with {{ and closed with }}."],
  ])("%j", (text, reason) => {
    expect(tokenReason(text, KNOWN)).toBe(reason);
  });

  test("one that is inserted is accepted, whatever is in its fallback", () => {
    for (const fallback of ["there", "it's you", 'a "b"', `'"`]) {
      expect(tokenReason(token("contact.plan", fallback), KNOWN)).toBe("");
    }
    expect(token("page.path", "")).toBe("{{ page.path }}");
    expect(fallbackReason("contact.plan", " ")).not.toBe("");
    expect(fallbackReason("page.path", "")).toBe("");
  });

  test("it goes where the caret is", () => {
    expect(inserted("Hi !", "{{ x }}", 3, 3)).toEqual({ text: "Hi {{ x }}!", caret: 10 });
  });
});

describe("steps in a line", () => {
  test.each<[Step, string, string]>([
    [{ type: "message", text: "Hello", next: "a" }, "Hello", "→ a"],
    [{ type: "question", text: "Which?" }, "Which?", "→ people"],
    [{ type: "form", fields: [{ property: "contact.email" }, { property: "contact.plan", label: "Plan" }] }, "email, Plan", "→ people"],
    [{ type: "branch", cases: [{ when: { property: "contact.plan", operator: "eq", value: "x" } }], else: "b" }, "contact’s plan is “x”", "else → b"],
    [{ type: "wait", for: "2h", next: "a" }, "2 hours", "→ a"],
    [{ type: "route" }, "As the routing rules say", ""],
    [{ type: "route", team: "sales" }, "To sales", ""],
    [{ type: "end", close: true }, "Closes the conversation", ""],
  ])("%j", (step, words, way) => {
    expect(summary(step, KNOWN)).toBe(words);
    expect(wayWords(step)).toBe(way);
  });

  test("what is no length of time stays as it was typed", () => {
    expect(durationWords("1m")).toBe("1 minute");
    expect(durationWords("soon")).toBe("soon");
  });
});

describe("what a trial did", () => {
  test("is told step by step, with what each part said", () => {
    const leaf = { property: "contact.plan", operator: "eq", value: "vip", path: "when", holds: false, found: "free" };
    const told = traceWords(
      [
        { step: null, type: "target", matched: true },
        { step: "triage", type: "branch", case: 0, matched: false, leaves: [leaf] },
        { step: "triage", type: "branch", did: "else" },
        { step: "order", type: "call", did: "call function lookup-order" },
        { step: "order", type: "simulated", did: "simulated: function lookup-order was not called; say what it returns under returns.order" },
        { step: null, type: "routing", rules: [{ rule: "VIP", matched: true, leaves: [{ ...leaf, holds: true }] }] },
      ],
      KNOWN,
    );
    expect(told.map((one) => [one.step, one.text])).toEqual([
      [null, "It is for this visitor."],
      ["triage", "Case 1 does not hold."],
      ["triage", "No case holds: goes on with “otherwise”."],
      ["order", "Calls the function lookup-order."],
      ["order", "Nothing is called in a preview. Say below what comes back."],
      [null, "Rule “VIP” holds."],
    ]);
    expect(told[1]?.parts).toEqual(["contact’s plan is “vip”: no, it is “free”"]);
  });

  test("what is not known here is told as it came", () => {
    expect(traceWords([{ step: "a", type: "question", did: "skipped: contact.plan is known" }], KNOWN)[0]?.text).toBe(
      "Skipped: contact.plan is known.",
    );
  });
});

test("names of chatflows are checked before they are sent", () => {
  expect(flowNameReason("support", [])).toBe("");
  expect(flowNameReason("support", ["support"])).toMatch(/with this name/);
  expect(flowNameReason("Support", [])).toMatch(/small letters/);
});
