/**
 * When to ask for the next token.
 *
 * Timers stop while a laptop sleeps or a tab is frozen, so coming back to the
 * page counts as well. A little randomness keeps a crowd from asking at once.
 */

const MINUTE_MS = 60_000;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 300_000;

/** Calls *renew* once whenever the time set last has passed. */
export class Renewal {
  readonly #renew: () => void;
  #due = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(renew: () => void) {
    this.#renew = renew;
    const look = (): void => {
      if (document.visibilityState !== "hidden") this.#look();
    };
    document.addEventListener("visibilitychange", look);
    window.addEventListener("online", look);
    window.addEventListener("focus", look);
    window.addEventListener("pageshow", (event) => {
      // A page brought back by the Back button may show somebody who has left since.
      if (event.persisted) this.#renew();
      else look();
    });
  }

  /** Renew at *refreshAt* or a little later. */
  at(refreshAt: number): void {
    this.#failures = 0;
    const ahead = refreshAt - Date.now();
    if (ahead === Infinity) this.stop();
    // A time already past must not make a page ask without end.
    else if (ahead <= 0) this.#set(Date.now() + MINUTE_MS);
    else this.#set(refreshAt + Math.random() * Math.min(MINUTE_MS, ahead / 10));
  }

  /** Try again after a failure, later each time, and not before *waitMs*. */
  again(waitMs: number): void {
    const doubled = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures++);
    this.#set(Date.now() + Math.max(waitMs, doubled * (1 + Math.random() / 2)));
  }

  /** Renew nothing until told again. */
  stop(): void {
    this.#failures = 0;
    this.#set(Infinity);
  }

  #set(due: number): void {
    clearTimeout(this.#timer);
    this.#due = due;
    if (due === Infinity) return;
    // No longer than a minute: a timer counts the time awake, and a laptop sleeps.
    const wait = Math.min(MINUTE_MS, Math.max(0, due - Date.now()));
    this.#timer = setTimeout(() => {
      if (Date.now() < due) this.#set(due);
      else this.#look();
    }, wait);
  }

  #look(): void {
    if (Date.now() < this.#due) return;
    this.#set(Infinity); // one moment is answered once
    this.#renew();
  }
}
