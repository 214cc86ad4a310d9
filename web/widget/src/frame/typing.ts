/** Tells the desk that the visitor types: now and then while they do, and when they stop. */

const AGAIN_MS = 4_000; // the desk forgets after 6 s

/** Watches one field. */
export class Typing {
  readonly #tell: (typing: boolean) => void;
  #told = 0;

  constructor(tell: (typing: boolean) => void) {
    this.#tell = tell;
  }

  /** The field holds *text* now. */
  wrote(text: string): void {
    if (text.trim() === "") {
      if (this.#told > 0) this.#tell(false);
      this.#told = 0;
    } else if (Date.now() - this.#told >= AGAIN_MS) {
      this.#told = Date.now();
      this.#tell(true);
    }
  }

  /** What was written is sent, which says enough; or its writer is gone. */
  done(): void {
    this.#told = 0;
  }
}
