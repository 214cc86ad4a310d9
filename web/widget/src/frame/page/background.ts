/**
 * Which tabs keep a stream open while nobody looks at them.
 *
 * Browsers allow six connections to a server without HTTP/2, and a stream holds one for
 * good: seven tabs of a shop would stop each other. So a hidden tab lets go of its stream
 * after a while, except one, chosen by a lock.
 */

const GRACE_MS = 20_000;

/** Call *pause* when this hidden tab is to let go, *resume* when it is looked at again. */
export function watchVisibility(inbox: string, pause: () => void, resume: () => void): void {
  const locks = (navigator as { locks?: LockManager }).locks;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let release: (() => void) | null = null;

  const hold = (lock: Lock | null): Promise<void> | undefined => {
    if (lock) return new Promise((resolve) => { release = resolve; });
    pause();
    return undefined;
  };
  const leave = (): void => {
    // Without locks every tab keeps its stream: missing a message would be worse.
    locks?.request(`callingcard.${inbox}.stream`, { ifAvailable: true }, hold).catch(pause);
  };
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) {
      timer = setTimeout(leave, GRACE_MS);
      return;
    }
    release?.();
    release = null;
    resume();
  });
}
