import { beforeEach, describe, expect, test, vi } from "vitest";
import { NONCE } from "../../wire.ts";
import { Host, hostOrigin, pageOf, toFrame } from "./host.ts";

const ORIGIN = "https://shop.example";
const identity = { email: "ada@example.com", token: "t" };

describe("hostOrigin", () => {
  test("takes an exact origin and nothing else", () => {
    expect(hostOrigin(`?origin=${encodeURIComponent(ORIGIN)}`)).toBe(ORIGIN);
    for (const given of ["", "*", "null", "https://shop.example/", "https://shop.example/path", "javascript:alert(1)", "https://", "file:///x", "https://a b"]) {
      expect(hostOrigin(`?origin=${encodeURIComponent(given)}`)).toBeNull();
    }
  });
});

describe("Host", () => {
  const posted: [Record<string, unknown>, string][] = [];
  beforeEach(() => {
    posted.length = 0;
    vi.spyOn(window.parent, "postMessage").mockImplementation(((message: Record<string, unknown>, target: string) => {
      posted.push([message, target]);
    }) as typeof window.postMessage);
  });

  function hears(data: unknown, from: { origin?: string; source?: unknown } = {}): void {
    const event = new Event("message");
    Object.assign(event, { data, origin: ORIGIN, source: window.parent, ...from });
    window.dispatchEvent(event);
  }

  function host() {
    const obey = vi.fn();
    new Host(ORIGIN, obey).send({ type: "hello" });
    return { obey, nonce: String(posted.at(-1)?.[0][NONCE]) };
  }

  test("speaks to the host's exact origin", () => {
    host();
    expect(posted.at(-1)?.[1]).toBe(ORIGIN);
  });

  test("obeys the page that embeds it", () => {
    const { obey, nonce } = host();
    hears({ [NONCE]: nonce, type: "identity", identity });
    expect(obey).toHaveBeenCalledExactlyOnceWith({ type: "identity", identity }, "");
  });

  test("is deaf to other origins, other windows, other lives and other shapes", () => {
    const { obey, nonce } = host();
    const message = { [NONCE]: nonce, type: "identity", identity };
    hears(message, { origin: "https://shop.example.evil.example" });
    hears(message, { origin: "null" });
    hears(message, { source: {} });
    hears(message, { source: null });
    hears({ ...message, [NONCE]: "earlier" });
    hears({ type: "identity", identity });
    hears({ ...message, identity: { email: 1, token: {} } });
    hears(null);
    expect(obey).not.toHaveBeenCalled();
  });
});

describe("toFrame", () => {
  test("flags are true only when they are", () => {
    expect(toFrame({ type: "start", identity, open: "yes", full: 1, clean: true })).toEqual({ type: "start", identity, open: false, full: false, clean: true, look: { inline: false, focus: false, newThread: false } });
    expect(toFrame({ type: "refresh", identity, fresh: true })).toEqual({ type: "refresh", identity, fresh: true });
    expect(toFrame({ type: "start", identity, look: { inline: true, focus: "x", newThread: true } })).toMatchObject({ look: { inline: true, focus: false, newThread: true } });
    expect(toFrame({ type: "end" })).toEqual({ type: "end", stay: false });
  });

  test("what is too large to be an identity is none", () => {
    expect(toFrame({ type: "identity", identity: { email: "a".repeat(321), token: "" } })).toBeNull();
    expect(toFrame({ type: "identity", identity: { email: "", token: "a".repeat(16_385) } })).toBeNull();
  });

  test("an unknown type is nothing", () => {
    expect(toFrame({ type: "eval", identity })).toBeNull();
  });
});

describe("pageOf", () => {
  test.each([
    ["https://shop.example/pricing?plan=pro", "https://shop.example/pricing?plan=pro"],
    ["https://ada:secret@shop.example/", "https://shop.example/"],
    ["https://shop.example/#access_token=secret", "https://shop.example/"],
    ["https://shop.example/#/pricing", "https://shop.example/#/pricing"],
    ["https://shop.example/#!/pricing", "https://shop.example/#!/pricing"],
    ["javascript:alert(1)", ""],
    ["not an address", ""],
    [7, ""],
  ])("%j is %j", (given, page) => {
    expect(pageOf(given)).toBe(page);
  });

  test("of a very long address the query is left out", () => {
    expect(pageOf(`https://shop.example/a?${"x".repeat(3000)}`)).toBe("https://shop.example/a");
  });
});
