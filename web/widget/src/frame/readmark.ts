/** Tells the desk how far the visitor has read: one request at a time, the newest mark last. */

import type { Answer } from "./protocol.ts";

const AGAIN_MS = 5_000;

/** The read mark of the present conversation. */
export class ReadMark {
  readonly #bearer: () => string | null;
  readonly #send: (bearer: string, seq: number) => Promise<Answer<unknown>>;
  #told = 0;
  #wanted = 0;
  #busy = false;

  constructor(bearer: () => string | null, send: (bearer: string, seq: number) => Promise<Answer<unknown>>) {
    this.#bearer = bearer;
    this.#send = send;
  }

  /** Another conversation, in which the desk knows *seq* as read. */
  begin(seq: number): void {
    this.#told = this.#wanted = seq;
  }

  /** Everything up to *seq* was read. */
  async tell(seq: number): Promise<void> {
    this.#wanted = seq;
    if (this.#busy) return;
    this.#busy = true;
    for (let bearer = this.#bearer(); bearer !== null && this.#told < this.#wanted; bearer = this.#bearer()) {
      const mark = this.#wanted;
      const answer = await this.#send(bearer, mark);
      if (bearer !== this.#bearer() || mark > this.#wanted) continue; // somebody or something else is read now
      if (answer.ok) this.#told = mark;
      else if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) break;
      else await new Promise((resolve) => { setTimeout(resolve, Math.max(AGAIN_MS, answer.retryMs)); });
    }
    this.#busy = false;
  }
}
