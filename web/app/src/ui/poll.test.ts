import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { poll } from "./poll.ts";

function show(state: "visible" | "hidden"): void {
  Object.defineProperty(document, "visibilityState", { configurable: true, value: state });
  document.dispatchEvent(new Event("visibilitychange"));
}

describe("polling", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    show("visible");
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("reads at once, then again after each pause, until it is ended", async () => {
    const read = vi.fn(() => Promise.resolve(true));
    const end = poll(read, 1000);
    await vi.advanceTimersByTimeAsync(2500);
    expect(read).toHaveBeenCalledTimes(3);
    end();
    await vi.advanceTimersByTimeAsync(5000);
    expect(read).toHaveBeenCalledTimes(3);
  });

  test("rests while nobody looks, and reads at once when somebody does again", async () => {
    const read = vi.fn(() => Promise.resolve(true));
    const end = poll(read, 1000);
    await vi.advanceTimersByTimeAsync(0);
    show("hidden");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(read).toHaveBeenCalledTimes(1);
    show("visible");
    await vi.advanceTimersByTimeAsync(0);
    expect(read).toHaveBeenCalledTimes(2);
    end();
  });

  test("never reads twice at once, however slow the answer", async () => {
    let answer: (more: boolean) => void = () => undefined;
    const read = vi.fn(() => new Promise<boolean>((resolve) => (answer = resolve)));
    const end = poll(read, 1000);
    show("visible");
    await vi.advanceTimersByTimeAsync(5000);
    expect(read).toHaveBeenCalledTimes(1);
    answer(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(read).toHaveBeenCalledTimes(2);
    end();
  });

  test("stops for good when told that there is no use", async () => {
    const read = vi.fn(() => Promise.resolve(false));
    poll(read, 1000);
    await vi.advanceTimersByTimeAsync(5000);
    show("visible");
    await vi.advanceTimersByTimeAsync(5000);
    expect(read).toHaveBeenCalledTimes(1);
  });

  test("ends what is being read when it is ended", () => {
    let given: AbortSignal | undefined;
    const end = poll((signal) => {
      given = signal;
      return new Promise(() => undefined);
    });
    expect(given?.aborted).toBe(false);
    end();
    expect(given?.aborted).toBe(true);
  });
});
