import { Problem } from "@callingcard/kit/request.ts";
import { expect, test, vi } from "vitest";

import { merge, RunList, type ReadPage } from "./run-list.ts";
import { page, row } from "./samples.ts";

const ids = (list: RunList): string[] | undefined => list.rows.value?.map((one) => one.id);
const numbers = (newest: number, oldest: number): string[] => page(newest, oldest).runs.map((one) => one.id);

function reading(...pages: ReturnType<typeof page>[]): RunList {
  const read = vi.fn<ReadPage>();
  for (const one of pages) read.mockResolvedValueOnce(one);
  return new RunList(read);
}

test("new runs wait until they are asked for, and what is looked at stays", async () => {
  const list = reading(page(9, 5), page(11, 7));
  await list.refresh();
  expect(ids(list)).toEqual(numbers(9, 5));
  await list.refresh();
  expect(ids(list)).toEqual(numbers(9, 5));
  expect(list.waiting.value).toBe(2);
  list.showWaiting();
  expect(ids(list)).toEqual(numbers(11, 5));
  expect(list.waiting.value).toBe(0);
});

test("who follows sees new runs at once", async () => {
  const list = reading(page(9, 5), page(11, 7));
  await list.refresh();
  list.follow(true);
  await list.refresh();
  expect(ids(list)).toEqual(numbers(11, 5));
});

test("a run that ends is shown as ended, without waiting", async () => {
  const running = { runs: [row(1, { state: "running", durationMs: null })], next: null };
  const list = reading(running, { runs: [row(1)], next: null });
  await list.refresh();
  expect(list.rows.value?.[0]?.state).toBe("running");
  await list.refresh();
  expect(list.rows.value?.[0]?.state).toBe("succeeded");
  expect(list.waiting.value).toBe(0);
});

test("a run that no longer fits the choice goes, as far as the page reaches", () => {
  const known = [row(9), row(8), row(7), row(2)];
  const { rows } = merge(known, { runs: [row(9), row(7), row(6)], next: "more" });
  expect(rows.map((one) => one.id)).toEqual(["run_9", "run_7", "run_6", "run_2"]);
  expect(merge(known, { runs: [row(9)], next: null }).rows).toHaveLength(1);
});

test("when more came than a page holds, nothing is shown with a hole in it", async () => {
  const list = reading(page(9, 5), page(99, 95), page(99, 95));
  await list.refresh();
  await list.refresh();
  expect(list.isTorn.value).toBe(true);
  expect(ids(list)).toEqual(numbers(9, 5));
  list.showWaiting();
  await vi.waitFor(() => {
    expect(ids(list)).toEqual(numbers(99, 95));
  });
  expect(list.next.value).toBe("before 95");
  expect(list.isTorn.value).toBe(false);
});

test("earlier pages are added once each, and the cursor moves on", async () => {
  const list = reading(page(9, 7), page(6, 4), page(10, 8), page(4, 1));
  await list.refresh();
  await list.more();
  await list.refresh();
  expect(ids(list)).toEqual(numbers(9, 4));
  expect(list.next.value).toBe("before 4");
  await list.more();
  list.showWaiting();
  expect(ids(list)).toEqual(numbers(10, 1));
  expect(list.next.value).toBeNull();
});

test("a refusal is not asked again; a silence is", async () => {
  const problem = (status: number) => new Problem("No.", { status, code: "x" });
  const read = vi.fn<ReadPage>().mockRejectedValueOnce(problem(403)).mockRejectedValueOnce(problem(0));
  const list = new RunList(read);
  expect(await list.refresh()).toBe(false);
  expect(list.problem.value?.status).toBe(403);
  expect(await list.refresh()).toBe(true);
});

test("what comes after the list was left is dropped", async () => {
  const list = reading(page(3, 1));
  const reading1 = list.refresh();
  list.end();
  expect(await reading1).toBe(false);
  expect(list.rows.value).toBeNull();
});
