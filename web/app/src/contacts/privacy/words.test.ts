import { expect, test } from "vitest";

import { countWords, isTyped } from "./words.ts";

test("a name has to be typed in full, whatever its case", () => {
  expect(isTyped(" Ada@Example.com ", "ada@example.com")).toBe(true);
  expect([isTyped("ada", "ada@example.com"), isTyped("", "ada@example.com")]).toEqual([false, false]);
});

test("what was removed is counted, the most first, and nothing that was not there", () => {
  expect(countWords({ desk_contacts: 1, desk_messages: 12, desk_codes: 0, function_payloads: 3 })).toEqual([
    ["Messages", 12],
    ["Function payloads", 3],
    ["Contacts", 1],
  ]);
});
