import { expect, test } from "vitest";
import { envelope } from "./wire.ts";

test("a message of ours is read with its nonce", () => {
  expect(envelope({ callingcard: "n", type: "hello" })).toMatchObject({ type: "hello", nonce: "n" });
});

test.each([null, undefined, 1, "hello", [], {}, { type: "hello" }, { callingcard: 7, type: "hello" }, { callingcard: "", type: "hello" }, { callingcard: "n", type: 3 }])(
  "%j is nothing to us",
  (data) => { expect(envelope(data)).toBeNull(); },
);
