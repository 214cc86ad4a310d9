import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Answer } from "./protocol.ts";
import { ReadMark } from "./readmark.ts";

const OK: Answer<null> = { ok: true, value: null };
const failed = (status: number): Answer<never> => ({ ok: false, status, detail: "", retryMs: 0 });

function marking(...answers: Answer<unknown>[]) {
  const sent: string[] = [];
  const held = { bearer: "s1" as string | null };
  const mark = new ReadMark(() => held.bearer, (bearer, seq) => {
    sent.push(`${bearer} ${seq}`);
    return Promise.resolve(answers.shift() ?? OK);
  });
  return { mark, sent, held };
}

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

describe("ReadMark", () => {
  test("one request at a time, and of many marks the newest", async () => {
    const { mark, sent } = marking();
    const telling = mark.tell(1);
    void mark.tell(2);
    void mark.tell(5);
    await telling;
    expect(sent).toEqual(["s1 1", "s1 5"]);
  });

  test("what the desk knows is not told again", async () => {
    const { mark, sent } = marking();
    mark.begin(3);
    await mark.tell(3);
    await mark.tell(4);
    await mark.tell(4);
    expect(sent).toEqual(["s1 4"]);
  });

  test("an unreachable desk is told later, a refusal is not repeated", async () => {
    const { mark, sent } = marking(failed(0), OK, failed(404));
    const telling = mark.tell(1);
    await vi.advanceTimersByTimeAsync(5_000);
    await telling;
    await mark.tell(2);
    expect(sent).toEqual(["s1 1", "s1 1", "s1 2"]);
  });

  test("in another conversation it begins anew, whatever was on its way", async () => {
    const { mark, sent } = marking();
    const telling = mark.tell(9);
    mark.begin(0);
    await telling;
    await mark.tell(1);
    expect(sent).toEqual(["s1 9", "s1 1"]);
  });

  test("nothing is told for who is gone", async () => {
    const { mark, sent, held } = marking();
    held.bearer = null;
    await mark.tell(1);
    expect(sent).toEqual([]);
  });
});
