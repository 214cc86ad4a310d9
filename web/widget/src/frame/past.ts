/** The visitor's conversations: the list of them, and going on in another one. */

import { signal } from "@preact/signals";
import type { Answer, Desk, Thread } from "./protocol.ts";
import { WORDS } from "./words.ts";

/** What the list is connected to. */
export interface PastPorts {
  bearer(): string | null;
  /** Whether words of the visitor are on their way into the present conversation. */
  busy(): boolean;
  /** Leave the present conversation for the one that *going* ends in, if it ends in one. */
  go(going: () => Promise<Thread | null>): Promise<void>;
  selected(id: string): void;
}

/** The state of the list. */
export class Past {
  /** Null until it was read. */
  readonly threads = signal<readonly Thread[] | null>(null);
  readonly problem = signal("");
  readonly #desk: Desk;
  readonly #ports: PastPorts;

  constructor(desk: Desk, ports: PastPorts) {
    this.#desk = desk;
    this.#ports = ports;
  }

  /** Read the list; one that was read before is shown meanwhile. */
  async read(): Promise<void> {
    const bearer = this.#ports.bearer();
    if (bearer === null) return;
    const answer = await this.#desk.threads(bearer);
    if (bearer !== this.#ports.bearer()) return;
    this.problem.value = answer.ok ? "" : WORDS.listFailed;
    // One that nobody wrote in yet is no conversation to a visitor.
    if (answer.ok) this.threads.value = answer.value.results.filter(({ head }) => head > 0);
  }

  /** Go on in the conversation with *id*. */
  async choose(id: string): Promise<void> {
    if (await this.#move(id)) this.#ports.selected(id);
  }

  /** Go on in a new conversation. */
  async begin(): Promise<void> {
    await this.#move(null);
  }

  /** The person is gone, and so is their list. */
  forget(): void {
    this.threads.value = null;
    this.problem.value = "";
  }

  async #move(id: string | null): Promise<boolean> {
    const bearer = this.#ports.bearer();
    if (bearer === null) return false;
    if (this.#ports.busy()) {
      this.problem.value = WORDS.stillSending;
      return false;
    }
    let moved: Answer<Thread> | null = null;
    await this.#ports.go(async () => {
      const answer = (moved = await this.#desk.choose(bearer, id));
      this.problem.value = answer.ok ? "" : WORDS.moveFailed;
      return answer.ok ? answer.value : null;
    });
    return (moved as Answer<Thread> | null)?.ok === true;
  }
}
