/** A time shown in words, with the exact one on hover, kept true while the page stays open. */
import { signal } from "@preact/signals";

import { exact } from "./time.ts";

/** The present, to the half minute; reading it in a component keeps that component fresh. */
export const present = signal(new Date());

setInterval(() => {
  present.value = new Date();
}, 30_000);

/** Show *at* as *words* puts it. */
export function Ago({ at, words }: { at: string; words: (then: Date, now: Date) => string }) {
  const then = new Date(at);
  return (
    <time dateTime={at} title={exact(then)}>
      {words(then, present.value)}
    </time>
  );
}
