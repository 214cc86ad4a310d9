/**
 * Follows a numbered log on the server: a stream where possible, long polls where not.
 *
 * The reader holds a cursor, the number of the last event it handed on. Whatever happens
 * to connections, it asks again from there.
 *
 * Invariant: with `gapless`, events are handed on as cursor + 1, cursor + 2, … without a
 * gap or a repetition; a gap that cannot be filled ends the connection, never the rule.
 */

import { delayFor, Pause, retryAfterMs } from "./backoff.ts";
import { FrameParser, type Frame } from "./frames.ts";

/** One numbered event. */
export interface Arrival {
  readonly seq: number;
  readonly event: string;
  readonly data: unknown;
}

/** Where the log is. */
export interface Source {
  /** The address that answers with everything after *after*; *wait* seconds for a long poll, null for a stream. */
  url(after: number, wait: number | null): string;
  headers(): Record<string, string>;
  /** Read one item of a long poll's `events`. */
  unpack(item: unknown): Arrival;
}

/** `live`: events come as they happen. `waiting`: cut off, trying again by itself. */
export type LinkState = "live" | "waiting";

/** Who listens. */
export interface Sink {
  arrived(arrival: Arrival): void;
  /** The cursor is of no use to the server: drop what was built on it, say where to go on. */
  reset(head: number, cursor: number): number;
  /** The log is over for this reader, with the HTTP status or 200 when the stream said so. */
  ended(status: number): void;
  state(state: LinkState): void;
  /** What is so now and is in no log, such as who types; it replaces what was said before. */
  live?(data: unknown): void;
}

/** What a reader needs that tests replace. */
export interface ReaderOptions {
  readonly gapless?: boolean;
  readonly fetch?: typeof fetch;
  readonly random?: () => number;
}

const FIRST_FRAME_MS = 6_000; // the server sends its first heartbeat at once
const SILENCE_MS = 40_000; // and another every 15 s at most
const GRACE_MS = 2_000; // events behind a heartbeat are on their way this long
const STEADY_MS = 10_000; // a connection that held this long was a good one
const POLL_SECONDS = 25;

class Over extends Error {
  constructor(readonly status: number) {
    super(`the log is over (${status})`);
  }
}
class Again extends Error {}
class Failed extends Error {
  constructor(readonly retryMs: number) {
    super("the server did not answer as hoped");
  }
}

interface Polled {
  readonly events?: readonly unknown[];
  readonly head?: number;
  readonly reset?: boolean;
  readonly live?: unknown;
}

/** Follows one log until it is stopped or the log is over. */
export class Reader {
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #fetch: typeof fetch;
  readonly #random: () => number;
  readonly #gapless: boolean;
  readonly #pause = new Pause();
  #life: AbortController | null = null;
  #link: AbortController | null = null;
  #catching: Promise<void> | null = null;
  #cursor = 0;
  #attempt = 0;
  #polls = false;

  constructor(source: Source, sink: Sink, options: ReaderOptions = {}) {
    this.#source = source;
    this.#sink = sink;
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#random = options.random ?? Math.random;
    this.#gapless = options.gapless ?? true;
  }

  /** The number of the last event handed on. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Whether the reader is following its log. */
  get running(): boolean {
    return this.#life !== null;
  }

  /** Begin after event number *after*; nothing happens when already running. */
  start(after: number): void {
    if (this.#life) return;
    this.#life = new AbortController();
    this.#cursor = after;
    this.#attempt = 0;
    void this.#run(this.#life.signal);
  }

  /** Let go of the connection; `start` may follow. */
  stop(): void {
    this.#life?.abort();
    this.#life = null;
    this.#link?.abort();
    this.#pause.end();
  }

  /** Try again now instead of at the end of the wait: the network is back. */
  wake(): void {
    this.#pause.end();
  }

  async #run(life: AbortSignal): Promise<void> {
    while (!life.aborted) {
      const began = Date.now();
      const wait = await this.#connection(life);
      if (wait === null) return;
      if (wait < 0) continue;
      if (Date.now() - began > STEADY_MS) this.#attempt = 0;
      this.#sink.state("waiting");
      await this.#pause.wait(delayFor(this.#attempt, this.#random(), wait));
      this.#attempt += 1;
    }
  }

  /** Live through one connection; the least wait before the next, -1 for none, null for no next. */
  async #connection(life: AbortSignal): Promise<number | null> {
    const link = new AbortController();
    this.#link = link;
    try {
      await (this.#polls ? this.#poll(link.signal) : this.#stream(link));
      return this.#polls ? -1 : 0;
    } catch (error) {
      if (life.aborted) return null;
      if (error instanceof Over) return this.#finish(error.status);
      if (error instanceof Again) return -1;
      this.#polls = false;
      return error instanceof Failed ? error.retryMs : 0;
    } finally {
      link.abort();
    }
  }

  #finish(status: number): null {
    this.#life = null;
    this.#sink.ended(status);
    return null;
  }

  async #ask(accept: string, wait: number | null, signal: AbortSignal): Promise<Response> {
    const headers = { ...this.#source.headers(), Accept: accept };
    const url = this.#source.url(this.#cursor, wait);
    const answer = await this.#fetch(url, { headers, signal, cache: "no-store" });
    if ([401, 403, 404, 410].includes(answer.status)) throw new Over(answer.status);
    if (!answer.ok) throw new Failed(retryAfterMs(answer.headers));
    return answer;
  }

  async #stream(link: AbortController): Promise<void> {
    let patience = setTimeout(() => { this.#distrust(link); }, FIRST_FRAME_MS);
    try {
      const answer = await this.#ask("text/event-stream", null, link.signal);
      if (!answer.body || !answer.headers.get("Content-Type")?.startsWith("text/event-stream")) {
        this.#distrust(link);
        throw new Again();
      }
      const parser = new FrameParser();
      const bytes = answer.body.getReader();
      for (;;) {
        const { done, value } = await bytes.read();
        if (done) return;
        clearTimeout(patience);
        patience = setTimeout(() => { link.abort(); }, SILENCE_MS);
        for (const frame of parser.push(value)) await this.#frame(frame, link);
      }
    } catch (error) {
      if (this.#polls) throw new Again();
      throw error;
    } finally {
      clearTimeout(patience);
    }
  }

  /** Something on the way holds streams back: go on with long polls. */
  #distrust(link: AbortController): void {
    this.#polls = true;
    link.abort();
  }

  async #frame(frame: Frame, link: AbortController): Promise<void> {
    if (link.signal.aborted) throw new Failed(0);
    const data = JSON.parse(frame.data) as unknown;
    if (frame.event === "ended") throw new Over(200);
    if (frame.event === "reset") this.#reset(headOf(data));
    if (frame.event === "heartbeat") {
      this.#live();
      this.#compare(headOf(data), link);
      return;
    }
    if (frame.event === "live") {
      this.#sink.live?.(data);
      return;
    }
    await this.#take({ seq: Number(frame.id), event: frame.event, data }, link.signal);
  }

  #live(): void {
    this.#sink.state("live");
  }

  #reset(head: number): never {
    this.#cursor = this.#sink.reset(head, this.#cursor);
    throw new Again();
  }

  /** A head beyond the cursor with nothing arriving is a silent gap: fetch what is missing. */
  #compare(head: number, link: AbortController): void {
    if (head <= this.#cursor) return;
    setTimeout(() => {
      if (link.signal.aborted || head <= this.#cursor) return;
      this.#catchUp(link.signal).catch(() => { link.abort(); });
    }, GRACE_MS);
  }

  async #take(arrival: Arrival, signal: AbortSignal): Promise<void> {
    if (!Number.isInteger(arrival.seq)) throw new Failed(0);
    if (this.#gapless && arrival.seq > this.#cursor + 1) await this.#catchUp(signal);
    this.#hand(arrival);
  }

  #hand(arrival: Arrival): void {
    if (arrival.seq <= this.#cursor) return;
    if (this.#gapless && arrival.seq > this.#cursor + 1) throw new Failed(0);
    this.#cursor = arrival.seq;
    this.#attempt = 0;
    this.#sink.arrived(arrival);
  }

  async #catchUp(signal: AbortSignal): Promise<void> {
    this.#catching ??= this.#fetchMissing(signal).finally(() => { this.#catching = null; });
    await this.#catching;
  }

  async #fetchMissing(signal: AbortSignal): Promise<void> {
    const answer = await this.#ask("application/json", 0, signal);
    this.#receive((await answer.json()) as Polled);
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const began = Date.now();
    const before = this.#cursor;
    const limit = setTimeout(() => { this.#link?.abort(); }, (POLL_SECONDS + 15) * 1000);
    try {
      const answer = await this.#ask("application/json", POLL_SECONDS, signal);
      this.#receive((await answer.json()) as Polled);
    } finally {
      clearTimeout(limit);
    }
    this.#live();
    // A server that does not hold the request back must not be asked in a tight loop.
    if (this.#cursor === before && Date.now() - began < 1000) await this.#pause.wait(1000);
  }

  #receive(polled: Polled): void {
    if (polled.reset === true) this.#reset(headOf(polled));
    if (polled.live !== undefined) this.#sink.live?.(polled.live);
    for (const item of polled.events ?? []) this.#hand(this.#source.unpack(item));
  }
}

function headOf(data: unknown): number {
  const head = (data as { head?: unknown } | null)?.head;
  return typeof head === "number" ? head : 0;
}
