import { expect, test } from "vitest";

import type { CheckLine } from "./check.ts";
import { contactReasons, stepsOf, verdict } from "./words.ts";

function line(step: string, level: CheckLine["level"], account: CheckLine["account"] = ""): CheckLine {
  return { step, title: step, account, level, message: `${step} ${account}`, remedy: "" };
}

test("a step is as bad as its worst line, and stands where it came first", () => {
  const steps = stepsOf([line("mint", "ok", "first"), line("greeting", "warn", "first"), line("mint", "fail", "second"), line("greeting", "ok", "second")]);
  expect(steps.map((step) => [step.step, step.level, step.lines.length])).toEqual([
    ["mint", "fail", 2],
    ["greeting", "warn", 2],
  ]);
});

test("the verdict counts steps, not lines, and warnings are no failure", () => {
  expect(verdict({ passed: true, lines: [line("greeting", "warn")] })).toContain("It works");
  expect(verdict({ passed: false, lines: [line("mint", "fail", "first"), line("mint", "fail", "second")] })).toBe("One thing does not hold.");
  expect(verdict({ passed: false, lines: [line("mint", "fail"), line("apart", "fail")] })).toBe("2 things do not hold.");
});

test("two contacts are two people with addresses", () => {
  expect(contactReasons(["", ""])).toEqual({});
  expect(contactReasons(["ada@shop.example", "grace@shop.example"])).toEqual({});
  expect(Object.keys(contactReasons(["ada", "@ @"]))).toEqual(["0", "1"]);
  expect(Object.keys(contactReasons(["ada@shop.example", "Ada@Shop.example"]))).toEqual(["1"]);
});
