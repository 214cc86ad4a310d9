/**
 * Messages on their way out: one at a time, in order, each with an id of its own.
 *
 * The id is made once, here, and stays through every attempt; the server stores a
 * message with a known id only once. So trying again is always safe.
 *
 * Invariant: a letter leaves the outbox only when it was accepted, seen in the log,
 * discarded by its writer, or wiped with the person it belongs to.
 */

import { delayFor, Pause } from "./backoff.ts";

/** A message as its writer wrote it. */
export interface Letter {
  readonly id: string;
  readonly text: string;
  readonly at: string;
  /** What the words stand for, such as a button that was pressed; absent for plain words. */
  readonly answer?: unknown;
}

/** `waiting`: cut off, tried again by itself. `failed`: refused, only its writer can try again. */
export type LetterState = "queued" | "sending" | "waiting" | "sent" | "failed";

/** A letter and how far it got. */
export interface Outgoing extends Letter {
  readonly state: LetterState;
  readonly reason: string | null;
}

/** What became of one attempt. */
export type Outcome<R> =
  | { readonly kind: "sent"; readonly receipt: R }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "later"; readonly afterMs: number }
  | { readonly kind: "locked" };

/** Where letters survive a reload; one slot a letter, so two tabs never overwrite each other. */
export interface Keep {
  all(): readonly Letter[];
  put(letter: Letter): void;
  drop(id: string): void;
}

/** What an outbox is connected to. */
export interface OutboxPorts<R> {
  deliver(letter: Letter): Promise<Outcome<R>>;
  changed(letters: readonly Outgoing[]): void;
  sent(letter: Letter, receipt: R): void;
  readonly keep?: Keep;
  readonly random?: () => number;
}

/** Nothing survives: for people whose words must not stay on the machine. */
export const FORGETFUL: Keep = { all: () => [], put: () => undefined, drop: () => undefined };

/** Sends letters one after the other. */
export class Outbox<R> {
  readonly #ports: OutboxPorts<R>;
  readonly #random: () => number;
  readonly #pause = new Pause();
  #keep: Keep;
  #letters: readonly Outgoing[] = [];
  #open = false;
  #busy = false;
  #era = 0;

  constructor(ports: OutboxPorts<R>) {
    this.#ports = ports;
    this.#keep = ports.keep ?? FORGETFUL;
    this.#random = ports.random ?? Math.random;
  }

  /** Every letter that is not yet in the log, oldest first. */
  get letters(): readonly Outgoing[] {
    return this.#letters;
  }

  /** Take a letter; it is sent when its turn comes. */
  add(letter: Letter): void {
    this.#keep.put(letter);
    this.#set([...this.#letters, { ...letter, state: "queued", reason: null }]);
    void this.#work();
  }

  /** Move to *keep*: letters found there are queued, letters held here are stored there. */
  use(keep: Keep): void {
    const known = new Set(this.#letters.map((letter) => letter.id));
    const unsent = this.#letters.filter((letter) => letter.state !== "sent");
    for (const letter of unsent) this.#keep.drop(letter.id);
    this.#keep = keep;
    const found = keep.all().filter((letter) => !known.has(letter.id));
    for (const letter of unsent) keep.put(plain(letter));
    const queued = found.map((letter) => ({ ...letter, state: "queued" as const, reason: null }));
    this.#set([...queued, ...this.#letters]);
    void this.#work();
  }

  /** Begin or go on sending. */
  open(): void {
    this.#open = true;
    void this.#work();
  }

  /** Send nothing more until `open`. */
  hold(): void {
    this.#open = false;
    this.#pause.end();
  }

  /** Try again now instead of at the end of the wait. */
  wake(): void {
    this.#pause.end();
  }

  /** Try a letter again because its writer asks. */
  retry(id: string): void {
    if (this.#stateOf(id) === "failed") this.#mark(id, "queued");
    this.#pause.end();
    void this.#work();
  }

  /** Forget one letter: it was seen in the log, or its writer gave it up. */
  settle(id: string): void {
    if (this.#stateOf(id) === null) return;
    this.#keep.drop(id);
    this.#set(this.#letters.filter((letter) => letter.id !== id));
  }

  /** Forget every letter: the person they belong to is gone. */
  wipe(): void {
    this.#era += 1;
    this.hold();
    for (const letter of this.#letters) this.#keep.drop(letter.id);
    this.#keep = FORGETFUL;
    this.#set([]);
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#next(); next !== null; next = this.#next()) await this.#send(next);
    } finally {
      this.#busy = false;
    }
  }

  #next(): Outgoing | null {
    if (!this.#open) return null;
    const unsent = ["queued", "waiting", "sending"];
    return this.#letters.find((letter) => unsent.includes(letter.state)) ?? null;
  }

  /** Attempt one letter until something is decided about it. */
  async #send(letter: Outgoing): Promise<void> {
    const era = this.#era;
    for (let attempt = 0; ; attempt += 1) {
      this.#mark(letter.id, attempt < 2 ? "sending" : "waiting");
      const outcome = await this.#ports.deliver(plain(letter));
      if (era !== this.#era) return;
      if (outcome.kind !== "later") {
        this.#decide(letter, outcome);
        return;
      }
      this.#mark(letter.id, "waiting");
      await this.#pause.wait(delayFor(attempt, this.#random(), outcome.afterMs));
      if (era !== this.#era || !this.#open || this.#stateOf(letter.id) === null) return;
    }
  }

  #decide(letter: Outgoing, outcome: Exclude<Outcome<R>, { kind: "later" }>): void {
    if (outcome.kind === "locked") {
      this.#open = false;
      this.#mark(letter.id, "queued");
      return;
    }
    if (outcome.kind === "refused") {
      this.#mark(letter.id, "failed", outcome.reason);
      return;
    }
    this.#keep.drop(letter.id);
    this.#mark(letter.id, "sent");
    this.#ports.sent(plain(letter), outcome.receipt);
  }

  #stateOf(id: string): LetterState | null {
    return this.#letters.find((letter) => letter.id === id)?.state ?? null;
  }

  #mark(id: string, state: LetterState, reason: string | null = null): void {
    const change = (letter: Outgoing) => (letter.id === id ? { ...letter, state, reason } : letter);
    this.#set(this.#letters.map(change));
  }

  #set(letters: readonly Outgoing[]): void {
    this.#letters = letters;
    this.#ports.changed(letters);
  }
}

/** The letter as it was written, without how far it got. */
function plain({ id, text, at, answer }: Letter): Letter {
  return answer === undefined ? { id, text, at } : { id, text, at, answer };
}
