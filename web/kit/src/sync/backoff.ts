/** How long to wait before trying again: doubling, capped, and spread by chance. */

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * Say how many milliseconds to wait after *attempt* failures (0 for the first).
 *
 * Half of the wait is random, so that a thousand widgets cut off in the same moment do
 * not come back in the same moment. A server's own *atLeastMs* wins when it is longer.
 */
export function delayFor(attempt: number, random: number, atLeastMs = 0): number {
  const full = Math.min(FIRST_MS * 2 ** Math.min(attempt, 16), LONGEST_MS);
  return Math.max(full / 2 + (full / 2) * random, Math.min(atLeastMs, 60_000));
}

/** Read a Retry-After header in seconds; 0 when there is none or it is a date. */
export function retryAfterMs(headers: Headers): number {
  const seconds = Number(headers.get("Retry-After") ?? "0");
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

/** A wait that can be cut short: by coming back online, by being stopped. */
export class Pause {
  #finish: (() => void) | null = null;

  /** Wait *ms*, or until `end` is called. */
  wait(ms: number): Promise<void> {
    this.end();
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        if (this.#finish === finish) this.#finish = null;
        resolve();
      };
      const timer = setTimeout(finish, ms);
      this.#finish = finish;
    });
  }

  /** Cut the wait short; nothing happens when nobody waits. */
  end(): void {
    this.#finish?.();
  }
}
