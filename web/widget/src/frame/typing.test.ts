import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Typing } from "./typing.ts";

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

function watched() {
  const told: boolean[] = [];
  return { told, typing: new Typing((one) => { told.push(one); }) };
}

test("typing is told at once, and again only after a while", () => {
  const { told, typing } = watched();
  for (const text of ["h", "he", "hey"]) typing.wrote(text);
  expect(told).toEqual([true]);
  vi.advanceTimersByTime(4_000);
  typing.wrote("hey you");
  expect(told).toEqual([true, true]);
});

test("clearing the field is told once, an empty field never", () => {
  const { told, typing } = watched();
  typing.wrote("");
  typing.wrote("h");
  typing.wrote(" ");
  typing.wrote("");
  expect(told).toEqual([true, false]);
});

test("sending says enough", () => {
  const { told, typing } = watched();
  typing.wrote("h");
  typing.done();
  typing.wrote("");
  expect(told).toEqual([true]);
});
