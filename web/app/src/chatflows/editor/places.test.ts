import { expect, test } from "vitest";

import { placeWords } from "./places.ts";

test.each([
  ["steps.topic.text", "Step topic, text"],
  ["steps.triage.cases.0.when.all.1.value", "Step triage, cases, 1, when, 2, value"],
  ["steps.order.on_error", "Step order, on error"],
  ["target.property", "Which visitors, property"],
  ["welcome", "Greeting"],
  ["priority", "priority"],
])("%s is told as %j", (path, words) => {
  expect(placeWords(path)).toBe(words);
});
