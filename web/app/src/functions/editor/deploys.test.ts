import { Problem } from "@callingcard/kit/request.ts";
import { expect, test, vi } from "vitest";

import type { Deploying } from "../types.ts";
import { follow, versionNumber, type Following } from "./deploys.ts";

const RUNNING: Deploying = { id: "d1", state: "running", steps: [], error: null, version: null };
const DONE: Deploying = { ...RUNNING, state: "done", version: { id: "v2", number: 2 } };

function following(...answers: (Deploying | Error)[]): Following & { shown: Deploying[] } {
  const shown: Deploying[] = [];
  const read = vi.fn(() => {
    const next = answers.shift() ?? DONE;
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  });
  return {
    shown,
    start: () => Promise.resolve(RUNNING),
    read,
    pause: () => Promise.resolve(),
    show: (now) => shown.push(now),
    signal: new AbortController().signal,
  };
}

const lost = (status: number): Problem => new Problem("no", { status, code: "x" });

test("a deploy is shown step by step until it ends", async () => {
  const building = { ...RUNNING, steps: [{ name: "build", message: "Building", at: "2026-11-21T09:00:00Z" }] };
  const all = following(building, DONE);
  expect(await follow(all)).toEqual(DONE);
  expect(all.shown).toEqual([RUNNING, building, DONE]);
  expect(versionNumber(DONE)).toBe(2);
});

test("a deploy that failed ends with the reason", async () => {
  const failed: Deploying = { ...RUNNING, state: "failed", error: { message: "no main", hint: "Write one.", line: 3 } };
  expect(await follow(following(failed))).toEqual(failed);
});

test("a lost connection is no verdict, so it is asked again", async () => {
  expect(await follow(following(lost(0), lost(503), DONE))).toEqual(DONE);
});

test("a deploy nobody knows any more is a problem", async () => {
  await expect(follow(following(lost(404)))).rejects.toMatchObject({ status: 404 });
});

test("asking ends when nobody looks any more", async () => {
  const life = new AbortController();
  const all = following(RUNNING, RUNNING, RUNNING);
  all.signal = life.signal;
  all.pause = () => {
    life.abort();
    return Promise.resolve();
  };
  expect(await follow(all)).toBeNull();
  expect(all.shown).toEqual([RUNNING]);
});
