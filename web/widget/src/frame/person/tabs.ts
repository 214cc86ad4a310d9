/** The other tabs of this browser that show the same inbox: who ends in one, ends in all. */

/** A line to the other tabs; quiet where the browser has none. */
export class Tabs {
  readonly #channel: BroadcastChannel | null;

  constructor(inbox: string, onEnded: () => void) {
    this.#channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(`callingcard.${inbox}`);
    this.#channel?.addEventListener("message", (event: MessageEvent) => {
      if (event.data === "ended") onEnded();
    });
  }

  /** Tell the others that the person here is gone. */
  ended(): void {
    this.#channel?.postMessage("ended");
  }
}
