/**
 * Reading one thing again and again for as long as somebody looks at it.
 *
 * A hidden tab asks for nothing; when it is looked at again, it asks at once.
 */
import type { Problem } from "@callingcard/kit/request.ts";
import { useCallback, useEffect, useState } from "preact/hooks";

import { problemFrom } from "./states.tsx";

/** How long between two readings, in milliseconds. */
export const EVERY_MS = 10_000;

/** Read with *read* now and every *everyMs* while the page is visible; return what ends that.
 *
 * The next reading is counted from the end of the last one, so that a slow server is never
 * asked twice at the same time. *read* says whether to go on.
 */
export function poll(read: (signal: AbortSignal) => Promise<boolean>, everyMs = EVERY_MS): () => void {
  const life = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let reading = false;

  async function once(): Promise<void> {
    clearTimeout(timer);
    if (reading || life.signal.aborted || document.visibilityState === "hidden") return;
    reading = true;
    const more = await read(life.signal);
    reading = false;
    if (more) next();
    else end();
  }
  function next(): void {
    if (!life.signal.aborted) timer = setTimeout(() => void once(), everyMs);
  }
  function wake(): void {
    void once();
  }
  function end(): void {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", wake);
    life.abort();
  }

  document.addEventListener("visibilitychange", wake);
  wake();
  return end;
}

/** What has come so far; *problem* is about the last reading, *value* is of the last good one. */
export interface Polled<T> {
  value: T | null;
  problem: Problem | null;
  again: () => void;
}

/** Keep what *load* reads of *path* fresh; a refusal or an unknown path is not asked again. */
export function usePolled<T>(path: string, load: (path: string, signal: AbortSignal) => Promise<T>): Polled<T> {
  const [found, setFound] = useState<{ path: string; value: T | null; problem: Problem | null }>();
  const [tries, setTries] = useState(0);
  useEffect(
    () =>
      poll(async (signal) => {
        try {
          const value = await load(path, signal);
          if (!signal.aborted) setFound({ path, value, problem: null });
          return true;
        } catch (error) {
          if (signal.aborted) return false;
          const problem = problemFrom(error);
          setFound((before) => ({ path, value: before?.path === path ? before.value : null, problem }));
          return ![401, 403, 404].includes(problem.status);
        }
      }),
    [path, tries, load],
  );
  const again = useCallback(() => {
    setTries((before) => before + 1);
  }, []);
  const current = found?.path === path ? found : undefined;
  return { value: current?.value ?? null, problem: current?.problem ?? null, again };
}
