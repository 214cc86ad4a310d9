/** Reading one thing for as long as a component shows it. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useCallback, useEffect, useState } from "preact/hooks";

import { problemFrom } from "./states.tsx";

/** What has come so far: a value, or a problem, or neither yet. */
export interface Loaded<T> {
  value: T | null;
  problem: Problem | null;
  retry: () => void;
}

/** Read *path* with *load*, again whenever *path* changes; null reads nothing. */
export function useLoad<T>(path: string | null, load: (path: string, signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [found, setFound] = useState<{ path: string | null; value: T | null; problem: Problem | null }>();
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const life = new AbortController();
    load(path, life.signal).then(
      (value) => {
        if (!life.signal.aborted) setFound({ path, value, problem: null });
      },
      (error: unknown) => {
        if (!life.signal.aborted) setFound({ path, value: null, problem: problemFrom(error) });
      },
    );
    return () => {
      life.abort();
    };
  }, [path, tries, load]);
  const retry = useCallback(() => {
    setFound(undefined);
    setTries((before) => before + 1);
  }, []);
  // What was read for another path is not shown for this one, not even for one frame.
  const current = found?.path === path ? found : undefined;
  return { value: current?.value ?? null, problem: current?.problem ?? null, retry };
}
