import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Reader, type Arrival } from "./reader.ts";

const heartbeat = (head: number) => `event: heartbeat\ndata: {"head":${head}}\n\n`;
const entry = (seq: number) => `id: ${seq}\nevent: entry\ndata: {"seq":${seq}}\n\n`;

const streams = new WeakMap<Response, Stream>();

/** A scripted stream: what is pushed arrives, `close` ends it. */
class Stream {
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  readonly response = new Response(
    new ReadableStream<Uint8Array>({ start: (controller) => { this.#controller = controller; } }),
    { headers: { "Content-Type": "text/event-stream" } },
  );
  constructor() {
    streams.set(this.response, this);
  }
  push(...frames: string[]): void {
    this.#controller?.enqueue(new TextEncoder().encode(frames.join("")));
  }
  cut(): void {
    this.#controller?.error(new Error("network"));
  }
}

type Reply = () => Response;
const json = (body: object): Response => Response.json(body);
const polled = (...seqs: number[]) => json({ events: seqs.map((seq) => ({ seq })), head: seqs.at(-1) ?? 0 });

function reading(replies: Reply[], gapless = true) {
  const urls: string[] = [];
  const seen: number[] = [];
  const told: string[] = [];
  const answer = (url: string, init?: RequestInit): Promise<Response> => {
    urls.push(url);
    const reply = replies.shift();
    if (!reply) return new Promise(() => undefined);
    const response = reply();
    // As the real fetch does: an aborted request breaks the body that is being read.
    init?.signal?.addEventListener("abort", () => { streams.get(response)?.cut(); });
    return Promise.resolve(response);
  };
  const reader = new Reader(
    {
      url: (after, wait) => `after=${after}${wait === null ? "" : ` wait=${wait}`}`,
      headers: () => ({}),
      unpack: (item) => ({ seq: (item as { seq: number }).seq, event: "entry", data: item }),
    },
    {
      arrived: (arrival: Arrival) => { seen.push(arrival.seq); },
      reset: (head, cursor) => {
        told.push(`reset ${head}`);
        return cursor === 0 ? head : 0;
      },
      ended: (status) => { told.push(`ended ${status}`); },
      state: (state) => { told.push(state); },
      live: (data) => { told.push(JSON.stringify(data)); },
    },
    { fetch: answer as typeof fetch, random: () => 1, gapless },
  );
  return { reader, urls, seen, told };
}

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });
const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

describe("Reader", () => {
  test("hands on what comes, in order, and ignores what it knows", async () => {
    const stream = new Stream();
    const { reader, urls, seen, told } = reading([() => stream.response]);
    reader.start(2);
    stream.push(heartbeat(4), entry(2), entry(3), entry(3), entry(4));
    await settle();
    expect([urls, seen, told]).toEqual([["after=2"], [3, 4], ["live"]]);
    reader.stop();
  });

  test("goes on from the cursor when the stream breaks", async () => {
    const [first, second] = [new Stream(), new Stream()];
    const { reader, urls, seen, told } = reading([() => first.response, () => second.response]);
    reader.start(0);
    first.push(heartbeat(0), entry(1));
    await settle();
    first.cut();
    await settle(600);
    second.push(heartbeat(2), entry(2));
    await settle();
    expect([urls, seen]).toEqual([["after=0", "after=1"], [1, 2]]);
    expect(told).toEqual(["live", "waiting", "live"]);
    reader.stop();
  });

  test("a jump in the numbers is filled before anything after it is handed on", async () => {
    const stream = new Stream();
    const { reader, urls, seen } = reading([() => stream.response, () => polled(2, 3, 4)]);
    reader.start(1);
    stream.push(heartbeat(1), entry(4));
    await settle();
    expect([urls, seen]).toEqual([["after=1", "after=1 wait=0"], [2, 3, 4]]);
    reader.stop();
  });

  test("a jump that cannot be filled ends the connection, and nothing is skipped", async () => {
    const [stream, next] = [new Stream(), new Stream()];
    const { reader, seen, urls } = reading([() => stream.response, () => polled(), () => next.response]);
    reader.start(1);
    stream.push(heartbeat(1), entry(5));
    await settle(600);
    expect(seen).toEqual([]);
    expect(urls).toEqual(["after=1", "after=1 wait=0", "after=1"]);
    reader.stop();
  });

  test("a log that is not gapless may jump", async () => {
    const stream = new Stream();
    const { reader, seen } = reading([() => stream.response], false);
    reader.start(0);
    stream.push(heartbeat(9), entry(4), entry(9));
    await settle();
    expect(seen).toEqual([4, 9]);
    reader.stop();
  });

  test("a heartbeat ahead of the cursor with nothing arriving is a silent gap", async () => {
    const stream = new Stream();
    const { reader, seen, urls } = reading([() => stream.response, () => polled(1, 2)]);
    reader.start(0);
    stream.push(heartbeat(2));
    await settle(1900);
    expect(urls).toHaveLength(1);
    await settle(200);
    expect(seen).toEqual([1, 2]);
    reader.stop();
  });

  test("what is so now is handed on, and is no step in the log", async () => {
    const stream = new Stream();
    const { reader, seen, told, urls } = reading([() => stream.response]);
    reader.start(0);
    stream.push(heartbeat(0), 'event: live\ndata: {"typing":["Grace"]}\n\n', entry(1));
    await settle();
    expect([told, seen, urls]).toEqual([["live", '{"typing":["Grace"]}'], [1], ["after=0"]]);
    reader.stop();
  });

  test("a long poll tells what is so now, too", async () => {
    const poll = () => json({ events: [{ seq: 1 }], head: 1, live: { typing: [] } });
    const { reader, told } = reading([() => json({}), poll]);
    reader.start(0);
    await settle();
    expect(told).toContain('{"typing":[]}');
    reader.stop();
  });

  test("a reset asks the owner where to go on, and goes on there at once", async () => {
    const [first, second] = [new Stream(), new Stream()];
    const { reader, urls, told } = reading([() => first.response, () => second.response]);
    reader.start(50);
    first.push('event: reset\ndata: {"head":7}\n\n');
    await settle();
    expect(urls).toEqual(["after=50", "after=0"]);
    expect(told).toEqual(["reset 7"]);
    reader.stop();
  });

  test("when the stream says it is over, nothing more is asked", async () => {
    const stream = new Stream();
    const { reader, urls, told } = reading([() => stream.response]);
    reader.start(0);
    stream.push(heartbeat(0), "event: ended\ndata: {}\n\n");
    await settle(60_000);
    expect([urls.length, told, reader.running]).toEqual([1, ["live", "ended 200"], false]);
  });

  test("a refused session ends the reading with its status", async () => {
    const { reader, told } = reading([() => new Response(null, { status: 401 })]);
    reader.start(0);
    await settle();
    expect(told).toEqual(["ended 401"]);
  });

  test("a stream that shows no first frame is replaced by long polls", async () => {
    const silent = new Stream();
    const { reader, urls, seen } = reading([() => silent.response, () => polled(1), () => polled(2)]);
    reader.start(0);
    await settle(6100);
    await settle();
    expect(urls.slice(0, 3)).toEqual(["after=0", "after=0 wait=25", "after=1 wait=25"]);
    expect(seen).toEqual([1, 2]);
    reader.stop();
  });

  test("a server that does not hold polls back is asked once a second at most", async () => {
    const { reader, urls } = reading([() => json({}), ...Array.from({ length: 50 }, () => () => polled())]);
    reader.start(0);
    await settle(3500);
    expect(urls.length).toBeLessThan(7);
    reader.stop();
  });

  test("a stream gone silent is given up", async () => {
    const [first, second] = [new Stream(), new Stream()];
    const { reader, urls } = reading([() => first.response, () => second.response]);
    reader.start(0);
    first.push(heartbeat(0));
    await settle(39_000);
    expect(urls).toHaveLength(1);
    await settle(2_000);
    expect(urls).toHaveLength(2);
    reader.stop();
  });

  test("waits grow while the server is away, Retry-After is honoured, and waking cuts them short", async () => {
    const away = (headers = {}) => new Response(null, { status: 503, headers });
    const { reader, urls } = reading([() => away(), () => away({ "Retry-After": "20" }), () => away()]);
    reader.start(0);
    await settle(499);
    expect(urls).toHaveLength(1);
    await settle(1);
    expect(urls).toHaveLength(2);
    await settle(10_000);
    expect(urls).toHaveLength(2);
    reader.wake();
    await settle();
    expect(urls).toHaveLength(3);
    reader.stop();
  });

  test("a stopped reader hands nothing on", async () => {
    const stream = new Stream();
    const { reader, seen, told } = reading([() => stream.response]);
    reader.start(0);
    stream.push(heartbeat(0));
    await settle();
    stream.push(entry(1)); // on its way, but not read yet
    reader.stop();
    await settle(60_000);
    expect([seen, told]).toEqual([[], ["live"]]);
  });
});
