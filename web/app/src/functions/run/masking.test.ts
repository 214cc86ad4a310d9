import { expect, test } from "vitest";

import { covered, isSecret } from "./masking.ts";

test.each([
  ["token", "abcdefgh-12"],
  ["api_key", "sk_live_12345"],
  ["it", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"],
  ["it", "pat-na1-4f3Ab9cD0e1F2a3B4c5D"],
  ["digest", "9f86d081884c7d659a2feaa0c55ad015"],
])("%s: %s is covered", (name, value) => {
  expect(isSecret(name, value)).toBe(true);
});

test.each([
  ["id", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"],
  ["greeting", "Hello Ada, your order is on its way"],
  ["url", "https://shop.example/orders/A1b2C3d4E5f6G7h8"],
  ["email", "ada.lovelace.the.first@example.com"],
  ["at", "2026-11-21T10:00:00.000+00:00"],
  ["token", "none"],
  ["token", "no token was found"],
  ["tokens", 12],
  ["slug", "a-very-long-and-plain-name-of-a-thing"],
])("%s: %s is shown", (name, value) => {
  expect(isSecret(name, value)).toBe(false);
});

test("what the function calls sensitive is covered, however plain", () => {
  expect(isSecret("city", "Oslo", ["city"])).toBe(true);
});

test("what is covered can be told from another, and not used", () => {
  const value = "pat-na1-4f3Ab9cD0e1F2a3B4c5D";
  expect(covered(value)).toBe("pat-••••••••5D");
  expect(covered("short-one")).not.toContain("short");
});
