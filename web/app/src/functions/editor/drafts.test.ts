import { Problem } from "@callingcard/kit/request.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Drafts } from "./drafts.ts";

const AT = "2026-11-21T12:03:00Z";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a pause in the typing saves once, and says when", async () => {
  const save = vi.fn(() => Promise.resolve(AT));
  const drafts = new Drafts(save, "a", null);
  drafts.typed("ab");
  await vi.advanceTimersByTimeAsync(1000);
  drafts.typed("abc");
  expect(drafts.state.value.kind).toBe("unsaved");
  await vi.advanceTimersByTimeAsync(1500);
  expect(save.mock.calls).toEqual([["abc"]]);
  expect(drafts.state.value).toEqual({ kind: "saved", at: AT });
  expect(drafts.isBehind).toBe(false);
});

test("what is typed while a save is under way is saved after it, never beside it", async () => {
  const answers: ((at: string) => void)[] = [];
  const save = vi.fn<(source: string) => Promise<string>>(() => new Promise((resolve) => answers.push(resolve)));
  const drafts = new Drafts(save, "", null);
  drafts.typed("1");
  const first = drafts.flush();
  drafts.typed("12");
  const second = drafts.flush();
  await vi.advanceTimersByTimeAsync(5000);
  expect(save).toHaveBeenCalledTimes(1);
  answers[0]?.(AT);
  expect(await first).toBe(false);
  await vi.advanceTimersByTimeAsync(0);
  answers[1]?.(AT);
  expect(await second).toBe(true);
  expect(save.mock.calls).toEqual([["1"], ["12"]]);
  expect(drafts.state.value.kind).toBe("saved");
});

test("a save that fails says why, keeps what was typed, and the next one has it", async () => {
  const down = new Problem("The server cannot be reached.", { status: 0, code: "network.unreachable" });
  const save = vi.fn<(source: string) => Promise<string>>().mockRejectedValueOnce(down).mockResolvedValueOnce(AT);
  const drafts = new Drafts(save, "", null);
  drafts.typed("x");
  expect(await drafts.flush()).toBe(false);
  expect(drafts.state.value).toEqual({ kind: "failed", problem: down });
  expect(drafts.isBehind).toBe(true);
  expect(await drafts.flush()).toBe(true);
});

test("what was typed and taken back is not saved", async () => {
  const save = vi.fn(() => Promise.resolve(AT));
  const drafts = new Drafts(save, "same", null);
  drafts.typed("same!");
  drafts.typed("same");
  expect(await drafts.flush()).toBe(true);
  expect(save).not.toHaveBeenCalled();
  expect(drafts.state.value).toEqual({ kind: "clean" });
});
