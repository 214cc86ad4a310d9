/** Asks the server about what is on the page, saved or not, a moment after it changes. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { problemFrom } from "./states.tsx";

const PAUSE_MS = 400; // of typing, before what was typed is asked about

/** What the server said last; *problem* is about the newest question, *shown* stays until the next answer. */
export interface Asked<T> {
  shown: T | null;
  problem: Problem | null;
}

/** Ask about *what* whenever it is another document than before. */
export function useAsked<Q, T>(what: Q, ask: (what: Q, signal: AbortSignal) => Promise<T>): Asked<T> {
  const shown = useSignal<T | null>(null);
  const problem = useSignal<Problem | null>(null);
  const key = JSON.stringify(what);
  useEffect(() => {
    const life = new AbortController();
    const timer = setTimeout(
      () => {
        ask(JSON.parse(key) as Q, life.signal).then(
          (found) => {
            if (life.signal.aborted) return;
            shown.value = found;
            problem.value = null;
          },
          (error: unknown) => {
            if (!life.signal.aborted) problem.value = problemFrom(error);
          },
        );
      },
      shown.peek() === null ? 0 : PAUSE_MS,
    );
    return () => {
      clearTimeout(timer);
      life.abort();
    };
  }, [key, ask, shown, problem]);
  return { shown: shown.value, problem: problem.value };
}
