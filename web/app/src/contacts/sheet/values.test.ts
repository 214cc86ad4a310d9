import { expect, test } from "vitest";

import type { Property } from "../types.ts";
import { changesIn, otherProperties, shownProperties, shownValue, withOption } from "./values.ts";

const property = (name: string, changes: Partial<Property> = {}): Property => ({
  name,
  label: name,
  type: "string",
  many: false,
  readOnly: false,
  options: [],
  ...changes,
});
const KNOWN = [
  property("plan"),
  property("createdate", { readOnly: true }),
  property("email"),
  property("city"),
  property("firstname"),
];
const names = (shown: readonly Property[]) => shown.map((one) => one.name);

test("the usual properties come first, then those with a value, and no read-only one", () => {
  const shown = shownProperties(KNOWN, { plan: "pro", createdate: "2030" }, []);
  expect(names(shown)).toEqual(["email", "firstname", "plan"]);
  expect(names(otherProperties(KNOWN, shown))).toEqual(["city"]);
  expect(names(shownProperties(KNOWN, {}, ["city"]))).toEqual(["email", "firstname", "city"]);
});

test("only what was changed is sent, and what was emptied is cleared", () => {
  const before = { email: "a@b.co", plan: "pro" };
  expect(changesIn(before, { email: "a@b.co", plan: "", city: "Paris", phone: "" })).toEqual({ plan: "", city: "Paris" });
  expect(changesIn(before, before)).toEqual({});
});

test("values read as people say them, and an odd one as it is", () => {
  const stage = property("stage", { options: [{ value: "lead", label: "Lead" }, { value: "won", label: "Won" }] });
  expect(shownValue(stage, "lead")).toBe("Lead");
  expect(shownValue({ ...stage, many: true }, "lead;won;gone")).toBe("Lead, Won, gone");
  expect(shownValue(property("vip", { type: "bool" }), "true")).toBe("Yes");
  expect(shownValue(property("born", { type: "date" }), "2030-01-02", "en-GB")).toBe("2 Jan 2030");
  expect(shownValue(property("born", { type: "date" }), "soon", "en-GB")).toBe("soon");
  expect(shownValue(undefined, "x")).toBe("x");
});

test("several options are kept apart by semicolons", () => {
  expect(withOption("", "a", true)).toBe("a");
  expect(withOption("a;b", "c", true)).toBe("a;b;c");
  expect(withOption("a;b", "a", false)).toBe("b");
});
