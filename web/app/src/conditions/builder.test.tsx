import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { useState } from "preact/hooks";
import { afterEach, expect, test } from "vitest";

import type { Reasons } from "../forms/sending.ts";
import { ConditionField } from "./builder.tsx";
import type { Property } from "./properties.ts";
import type { Condition } from "./tree.ts";

afterEach(cleanup);

const PROPERTIES: Property[] = [
  { name: "contact.plan", kind: "enum", label: "Plan", visible: true, writable: true, options: ["free", "vip"] },
  { name: "deal.amount", kind: "number", label: "Amount", visible: true, writable: false, options: [] },
];

let last: Condition | null;

/** A field that keeps what it is told, as a page does. */
function Kept({ first, reasons = {} }: { first: Condition | null; reasons?: Reasons }) {
  const [value, setValue] = useState(first);
  return (
    <ConditionField
      legend="When"
      none="Always."
      value={value}
      path="when"
      properties={PROPERTIES}
      reasons={reasons}
      onChange={(next) => {
        last = next;
        setValue(next);
      }}
    />
  );
}

function choose(label: string, value: string, index = 0): void {
  const field = screen.getAllByLabelText(label)[index];
  if (!field) throw new Error(`there is no ${label}`);
  fireEvent.change(field, { target: { value } });
}

test("a comparison is put together, and taken out again", () => {
  render(<Kept first={null} />);
  expect(screen.getByText("Always.")).toBeTruthy();
  fireEvent.click(screen.getByText("Add a condition"));
  choose("Property", "contact.plan");
  expect(last).toEqual({ property: "contact.plan", operator: "eq", value: "free" });
  choose("Value", "vip");
  choose("Comparison", "neq");
  expect(last).toEqual({ property: "contact.plan", operator: "neq", value: "vip" });
  fireEvent.click(screen.getByText("Remove this condition"));
  expect(last).toBeNull();
  expect(screen.getByText("Always.")).toBeTruthy();
});

test("a second one makes a group, of which all, any or none hold", () => {
  const vip: Condition = { property: "contact.plan", operator: "eq", value: "vip" };
  render(<Kept first={vip} />);
  fireEvent.click(screen.getByText("Add a condition"));
  choose("Property", "deal.amount", 1);
  fireEvent.input(screen.getByRole("textbox", { name: "Value" }), { target: { value: "100" } });
  const large = { property: "deal.amount", operator: "eq", value: 100 };
  expect(last).toEqual({ all: [vip, large] });
  choose("of these", "none");
  expect(last).toEqual({ not: { any: [vip, large] } });
  choose("of these", "any");
  expect(last).toEqual({ any: [vip, large] });
});

test("what is wrong stands at the comparison that it is about", () => {
  const two: Condition = {
    any: [
      { property: "contact.plan", operator: "eq", value: "vip" },
      { property: "contact.gone", operator: "eq", value: "x" },
    ],
  };
  render(<Kept first={two} reasons={{ "when.any.1.property": "there is no property contact.gone" }} />);
  const said = screen.getByText("there is no property contact.gone");
  expect(said.closest('[role="group"]')?.querySelector("select")?.value).toBe("contact.gone");
  expect(screen.getAllByRole("group").filter((one) => one.getAttribute("data-wrong") === "true")).toHaveLength(1);
});
