import { expect, test, vi } from "vitest";
import { Events } from "./events.ts";

test("a handler that throws harms neither the others nor the page", () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const events = new Events();
  const second = vi.fn();
  events.on("x", () => { throw new Error("theirs"); });
  events.on("x", second);
  events.emit("x", 1);
  expect(second).toHaveBeenCalledExactlyOnceWith(1);
});

test("a handler taken off, even while events are told, is not called again", () => {
  const events = new Events();
  const once = vi.fn(() => { events.off("x", once); });
  events.on("x", once);
  events.emit("x", 1);
  events.emit("x", 2);
  expect(once).toHaveBeenCalledTimes(1);
});
