import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Outbox, type Keep, type Letter, type Outcome } from "./outbox.ts";

const letter = (id: string): Letter => ({ id, text: `text of ${id}`, at: "2030-01-01T12:00:00Z" });
const SENT: Outcome<number> = { kind: "sent", receipt: 1 };
const LATER: Outcome<number> = { kind: "later", afterMs: 0 };

function memory(...letters: Letter[]): Keep & { ids: () => string[] } {
  const kept = new Map(letters.map((one) => [one.id, one]));
  return {
    all: () => [...kept.values()],
    put: (one) => { kept.set(one.id, one); },
    drop: (id) => { kept.delete(id); },
    ids: () => [...kept.keys()],
  };
}

function outbox(outcomes: Outcome<number>[], keep?: Keep) {
  const tries: string[] = [];
  const sent: string[] = [];
  const box = new Outbox<number>({
    deliver: (one) => {
      tries.push(one.id);
      return Promise.resolve(outcomes.shift() ?? SENT);
    },
    changed: () => undefined,
    sent: (one) => { sent.push(one.id); },
    ...(keep && { keep }),
    random: () => 1,
  });
  const states = () => box.letters.map(({ id, state }) => `${id} ${state}`);
  return { box, tries, sent, states };
}

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });
const settle = () => vi.advanceTimersByTimeAsync(0);

describe("Outbox", () => {
  test("sends in order, the later ones only after the earlier one", async () => {
    const { box, tries, sent } = outbox([LATER, LATER, SENT, SENT]);
    box.open();
    box.add(letter("a"));
    box.add(letter("b"));
    await settle();
    expect(tries).toEqual(["a"]);
    await vi.advanceTimersByTimeAsync(500);
    await vi.advanceTimersByTimeAsync(1000);
    expect(tries).toEqual(["a", "a", "a", "b"]);
    expect(sent).toEqual(["a", "b"]);
  });

  test("what the words stand for is kept and delivered with them", async () => {
    const keep = memory();
    const delivered: Letter[] = [];
    const box = new Outbox<number>({
      deliver: (one) => {
        delivered.push(one);
        return Promise.resolve(SENT);
      },
      changed: () => undefined,
      sent: () => undefined,
      keep,
    });
    const pressed = { ...letter("a"), answer: { value: "billing" } };
    box.add(pressed);
    expect(keep.all()).toEqual([pressed]);
    box.open();
    await settle();
    expect(delivered).toEqual([pressed]);
  });

  test("keeps what was written while it is held, and sends it when opened", async () => {
    const { box, tries, states } = outbox([]);
    box.add(letter("a"));
    await settle();
    expect(states()).toEqual(["a queued"]);
    box.open();
    await settle();
    expect(tries).toEqual(["a"]);
  });

  test("tries again at once when woken", async () => {
    const { box, tries } = outbox([LATER, LATER, LATER, LATER, SENT]);
    box.open();
    box.add(letter("a"));
    await settle();
    box.wake();
    await settle();
    expect(tries).toEqual(["a", "a"]);
  });

  test("a refused letter says why, lets the others pass, and goes out again when its writer asks", async () => {
    const { box, tries, states } = outbox([{ kind: "refused", reason: "too rude" }]);
    box.open();
    box.add(letter("a"));
    box.add(letter("b"));
    await settle();
    expect(states()).toEqual(["a failed", "b sent"]);
    expect(box.letters[0]?.reason).toBe("too rude");
    box.retry("a");
    await settle();
    expect(tries).toEqual(["a", "b", "a"]);
  });

  test("an echo that comes before the answer leaves no trace of the letter", async () => {
    let answer: (outcome: Outcome<number>) => void = () => undefined;
    const box = new Outbox<number>({
      deliver: () => new Promise((resolve) => { answer = resolve; }),
      changed: () => undefined,
      sent: () => undefined,
    });
    box.open();
    box.add(letter("a"));
    box.settle("a");
    answer(SENT);
    await settle();
    expect(box.letters).toEqual([]);
  });

  test("a letter survives a reload until it was accepted", async () => {
    const keep = memory();
    const first = outbox([], keep);
    first.box.add(letter("a"));
    expect(keep.ids()).toEqual(["a"]);
    const second = outbox([]);
    second.box.use(keep);
    second.box.open();
    await settle();
    expect(second.tries).toEqual(["a"]);
    expect(keep.ids()).toEqual([]);
  });

  test("letters move with their writer to another place", () => {
    const [here, there] = [memory(), memory()];
    const { box } = outbox([], here);
    box.add(letter("a"));
    box.use(there);
    expect([here.ids(), there.ids()]).toEqual([[], ["a"]]);
  });

  test("a closed session keeps the letter until the next one", async () => {
    const { box, tries, states } = outbox([{ kind: "locked" }]);
    box.open();
    box.add(letter("a"));
    await settle();
    expect(states()).toEqual(["a queued"]);
    box.open();
    await settle();
    expect(tries).toEqual(["a", "a"]);
  });

  test("after a wipe nothing of the person is sent, shown or stored", async () => {
    const keep = memory();
    const { box, tries } = outbox([LATER], keep);
    box.open();
    box.add(letter("a"));
    box.add(letter("b"));
    await settle();
    box.wipe();
    box.open();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tries).toEqual(["a"]);
    expect([box.letters, keep.ids()]).toEqual([[], []]);
  });
});
