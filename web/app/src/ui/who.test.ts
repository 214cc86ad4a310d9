import { expect, test } from "vitest";

import { whoWords } from "./who.ts";

test("the reader is you, others are who they are", () => {
  expect(whoWords("agent 17", "17")).toBe("you");
  expect(whoWords("agent 17", "18")).toBe("agent 17");
  expect(whoWords("agent 17", undefined)).toBe("agent 17");
  expect(whoWords("connector hubspot", "hubspot")).toBe("connector hubspot");
  expect(whoWords("", "17")).toBe("");
});
