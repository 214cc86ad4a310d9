/** At most one call a second: the first at once, the last of the others at the end of it. */

/** Wrap *run* so that it runs at most once per *ms*; a call that came too soon is not lost. */
export function throttle<A>(run: (options: A) => void, ms = 1000): (options: A) => void {
  let closed = false;
  let latest: { options: A } | null = null;
  const reopen = (): void => {
    closed = false;
    const next = latest;
    latest = null;
    if (next) call(next.options);
  };
  const call = (options: A): void => {
    if (closed) {
      latest = { options };
      return;
    }
    closed = true;
    setTimeout(reopen, ms);
    run(options);
  };
  return call;
}
