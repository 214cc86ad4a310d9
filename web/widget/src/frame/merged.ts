/** What was said in conversations that go on in the present one. */

import { signal } from "@preact/signals";
import type { Desk, Entry } from "./protocol.ts";

const MOST_PAGES = 20;

/** Reads what was merged into the present conversation. */
export class Merged {
  /** The messages, in the order of the conversations. */
  readonly entries = signal<readonly Entry[]>([]);
  readonly #desk: Desk;
  readonly #bearer: () => string | null;
  readonly #settle: (clientMessageId: string) => void;
  #wanted: string | null = null;

  /** Tell *settle* of each message of the visitor that is in one of them, and so is kept. */
  constructor(desk: Desk, bearer: () => string | null, settle: (clientMessageId: string) => void) {
    this.#desk = desk;
    this.#bearer = bearer;
    this.#settle = settle;
  }

  /** Show what was said in the conversations *ids*; what cannot be read is asked for again with the next news. */
  async follow(ids: readonly string[] = []): Promise<void> {
    const wanted = ids.join();
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    const all: Entry[] = [];
    for (const id of ids) {
      const said = await this.#read(id);
      if (this.#wanted !== wanted) return;
      if (said === null) {
        this.#wanted = null;
        return;
      }
      all.push(...said);
    }
    this.entries.value = all;
    for (const { clientMessageId } of all) if (clientMessageId !== null) this.#settle(clientMessageId);
  }

  /** The conversation on the screen is another one. */
  forget(): void {
    this.#wanted = null;
    this.entries.value = [];
  }

  async #read(id: string): Promise<readonly Entry[] | null> {
    const said: Entry[] = [];
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const bearer = this.#bearer();
      if (bearer === null) return null;
      const answer = await this.#desk.said(bearer, id, said.at(-1)?.seq ?? 0);
      if (!answer.ok || bearer !== this.#bearer()) return null;
      said.push(...answer.value.events);
      if (answer.value.events.length === 0 || (said.at(-1)?.seq ?? 0) >= answer.value.head) break;
    }
    return said.filter(({ type }) => type === "message");
  }
}
