import { expect, test } from "vitest";

import { nameReason, rotationLines, secretReasons, userAddress, valueOf } from "./words.ts";

test("names are in capitals", () => {
  expect(["SHOP_KEY", "K2"].map(nameReason)).toEqual(["", ""]);
  expect(["", "shop", "1A", "A B", "A".repeat(65)].every((name) => nameReason(name) !== "")).toBe(true);
});

test("line breaks at the end of a pasted value go; those of a key in PEM stay", () => {
  expect(valueOf("abc\r\n")).toBe("abc");
  expect(valueOf("-----BEGIN\nabc\n-----END\n")).toBe("-----BEGIN\nabc\n-----END");
  expect(valueOf(" abc ")).toBe(" abc ");
});

test("nothing is sent for a value of nothing but line breaks", () => {
  expect(secretReasons("A", "\n\n")).toEqual({ value: "It needs a value." });
  expect(secretReasons("A", "x")).toEqual({});
});

test("a rotation says what nobody can open, and whether old keys may go", () => {
  const good = rotationLines({ rotated: 3, unreadable: [], lost: 0, oldKeysFree: true });
  expect(good.map((line) => line.isProblem)).toEqual([false, false]);
  const bad = rotationLines({ rotated: 1, unreadable: ["A", "B"], lost: 2, oldKeysFree: false });
  expect(bad.filter((line) => line.isProblem).map((line) => line.text)).toEqual([
    "Nobody can open A, B: set them anew.",
    "Nobody can open 2 values in the storage of functions. Functions make them anew, or do without.",
    "Keep the older server keys: something here still needs one.",
  ]);
});

test("what uses a secret leads to its page, when it has one", () => {
  expect(userAddress("connector hubspot")).toBe("/app/connectors/hubspot");
  expect(userAddress("site shop")).toBe("/app/sites/shop/settings");
  expect(userAddress("alerts")).toBeNull();
});
