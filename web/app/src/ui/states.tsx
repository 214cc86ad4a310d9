/**
 * What a place shows while there is nothing to show: empty, still loading, or failed.
 *
 * Written once so that every page says these things in the same voice.
 */
import { Problem } from "@callingcard/kit/request.ts";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Say what this place is for; `children` is the one next step. */
export function Empty({ title, text, children }: { title: string; text: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <h2 class="state-title">{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  );
}

/** Say what happened, what to do, and the code to quote. */
export function Failure({ problem, retry }: { problem: Problem; retry?: () => void }) {
  return (
    <div class="state" role="alert">
      <h2 class="state-title">{problem.message}</h2>
      {problem.hint && <p>{problem.hint}</p>}
      {retry && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
      <p class="state-code">
        Code <code>{problem.code}</code>
      </p>
    </div>
  );
}

/** Grey lines in the shape of what comes, after 150 ms: quick answers never flicker. */
export function Skeleton({ rows, shape }: { rows: number; shape: "row" | "message" | "text" | "table" }) {
  const late = useLate(150);
  return (
    <div class="skeleton" data-shape={shape} role="status">
      <span class="sr-only">Loading</span>
      {late && Array.from({ length: rows }, (_, index) => <div class="skeleton-item" key={index} />)}
    </div>
  );
}

/** True once *delayMs* have passed since the first drawing. */
function useLate(delayMs: number): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setLate(true);
    }, delayMs);
    return () => {
      clearTimeout(timer);
    };
  }, [delayMs]);
  return late;
}

/** Any thrown *error* as a problem: what is not one is a fault of this app, and says so. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error;
  console.error(error);
  return new Problem("This page made a mistake.", {
    status: 0,
    code: "app.fault",
    hint: "Reload the page; if it stays, tell whoever runs this server.",
  });
}
