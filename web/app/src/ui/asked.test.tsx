import { Problem } from "@callingcard/kit/request.ts";
import { signal } from "@preact/signals";
import { act, cleanup, render } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { useAsked } from "./asked.ts";

const typed = signal("");
const ask = vi.fn((what: string) => Promise.resolve(`about ${what}`));

function Page() {
  const { shown, problem } = useAsked(typed.value, ask);
  return (
    <p>
      {shown} {problem?.message}
    </p>
  );
}

async function type(text: string, pauseMs: number): Promise<string> {
  await act(async () => {
    typed.value = text;
    await vi.advanceTimersByTimeAsync(0);
  });
  await act(async () => {
    await vi.advanceTimersByTimeAsync(pauseMs);
  });
  return document.body.textContent.trim();
}

beforeEach(() => {
  vi.useFakeTimers();
  typed.value = "a";
  ask.mockClear();
  render(<Page />);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test("the first question is asked at once, the next ones after a pause, and only the newest", async () => {
  expect(await type("a", 0)).toBe("about a");
  expect(await type("ab", 300)).toBe("about a");
  expect(await type("abc", 300)).toBe("about a");
  expect(await type("abc", 100)).toBe("about abc");
  expect(ask.mock.calls.map(([what]) => what)).not.toContain("ab");
});

test("what was found stays beside a refusal, and the refusal goes with the next answer", async () => {
  await type("a", 0);
  ask.mockRejectedValueOnce(new Problem("No.", { status: 422, code: "invalid" }));
  expect(await type("b", 400)).toBe("about a No.");
  expect(await type("c", 400)).toBe("about c");
});
