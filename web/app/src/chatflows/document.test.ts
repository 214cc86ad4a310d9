import { describe, expect, test } from "vitest";

import {
  changed,
  freeName,
  moved,
  optionOf,
  optionParts,
  reasonsBelow,
  renamed,
  stepNameReason,
  stepNames,
  withNew,
  without,
  type Flow,
} from "./document.ts";

const FLOW: Flow = {
  name: "support",
  start: "triage",
  steps: {
    triage: { type: "branch", cases: [{ when: { property: "answer.topic", operator: "eq", value: "x" }, next: "topic" }], else: "topic" },
    topic: { type: "question", text: "Which?", options: ["A", { label: "B", next: "hand" }], next: "hand", else: "topic" },
    hand: { type: "route" },
  },
};

describe("adding a step", () => {
  test("the first one is where the talk begins", () => {
    const { flow, name } = withNew({ name: "x" }, "message");
    expect(flow).toEqual({ name: "x", start: "message", steps: { message: { type: "message", text: "" } } });
    expect(name).toBe("message");
  });

  test("the last step leads to it, unless it leads elsewhere or nowhere at all", () => {
    const one = withNew({ name: "x" }, "message").flow;
    const two = withNew(one, "message").flow;
    expect(two.steps?.["message"]).toEqual({ type: "message", text: "", next: "message-2" });
    const three = withNew(withNew(two, "route").flow, "end").flow;
    expect(three.steps?.["route"]).toEqual({ type: "route" });
    expect(withNew({ ...FLOW, steps: { a: { type: "message", text: "", next: "a" } } }, "end").flow.steps?.["a"]).toHaveProperty("next", "a");
  });

  test("its name is free", () => {
    expect(freeName(FLOW, "topic")).toBe("topic-2");
  });
});

describe("changing the list", () => {
  test("a step moves, and no further than the ends", () => {
    expect(stepNames(moved(FLOW, "hand", -1))).toEqual(["triage", "hand", "topic"]);
    expect(stepNames(moved(FLOW, "hand", 1))).toEqual(["triage", "topic", "hand"]);
    expect(stepNames(moved(FLOW, "hand", -9))).toEqual(["hand", "triage", "topic"]);
  });

  test("what led to a step that is gone leads to where it went on", () => {
    const rest = without(FLOW, "topic");
    expect(rest.steps?.["triage"]).toEqual({ type: "branch", cases: [{ when: { property: "answer.topic", operator: "eq", value: "x" }, next: "hand" }], else: "hand" });
    const end = without(rest, "hand");
    expect(end.steps?.["triage"]).toEqual({ type: "branch", cases: [{ when: { property: "answer.topic", operator: "eq", value: "x" } }] });
    expect(without(end, "triage")).toEqual({ name: "support", steps: {} });
    expect(without(FLOW, "triage").start).toBe("topic");
  });

  test("a new name is used wherever the old one was", () => {
    const flow = renamed({ ...FLOW, start: "topic" }, "topic", "subject");
    expect(stepNames(flow)).toEqual(["triage", "subject", "hand"]);
    expect(flow.start).toBe("subject");
    expect(flow.steps?.["triage"]).toEqual({ type: "branch", cases: [{ when: { property: "answer.subject", operator: "eq", value: "x" }, next: "subject" }], else: "subject" });
    expect(flow.steps?.["subject"]).toHaveProperty("else", "subject");
    const again = renamed(flow, "hand", "people");
    expect(again.steps?.["subject"]).toHaveProperty("options", ["A", { label: "B", next: "people" }]);
  });

  test.each([
    ["two words", "Use 1"],
    ["", "Use 1"],
    ["-a", "Use 1"],
    ["topic", "Another step"],
    ["fine_1", ""],
  ])("the name %j is refused with %j", (name, reason) => {
    expect(stepNameReason(name, ["topic"]).startsWith(reason)).toBe(true);
    expect(stepNameReason(name, ["topic"]) === "").toBe(reason === "");
  });
});

test("options are written as shortly as they can be", () => {
  expect(optionOf("A", "A", undefined)).toBe("A");
  expect(optionOf("A", "a", "next")).toEqual({ label: "A", value: "a", next: "next" });
  expect(optionParts("A")).toEqual({ label: "A", value: "A", next: undefined });
  expect(optionParts({ label: "A", next: "b" })).toEqual({ label: "A", value: "A", next: "b" });
});

test("what becomes undefined is gone", () => {
  expect(changed({ a: 1, b: 2 }, { a: undefined })).toEqual({ b: 2 });
});

test("reasons belong to their step and not to one whose name begins alike", () => {
  const reasons = { "steps.a.text": "x", "steps.ab": "y", "steps.a": "z" };
  expect(reasonsBelow(reasons, "steps.a")).toEqual({ "steps.a.text": "x", "steps.a": "z" });
});
