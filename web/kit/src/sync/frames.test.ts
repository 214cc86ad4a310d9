import { describe, expect, test } from "vitest";
import { FrameParser, type Frame } from "./frames.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function parse(chunks: readonly Uint8Array[]): Frame[] {
  const parser = new FrameParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

describe("FrameParser", () => {
  const text = "id: 1\nevent: entry\ndata: {\"text\":\"né 🙂\"}\n\n: note\r\nid:2\r\ndata: a\r\ndata: b\r\n\r\nevent: ended\rdata: {}\r\r";
  const expected = [
    { id: "1", event: "entry", data: '{"text":"né 🙂"}' },
    { id: "2", event: "message", data: "a\nb" },
    { id: null, event: "ended", data: "{}" },
  ];

  test("a stream cut at any byte gives the same frames", () => {
    const all = bytes(text);
    for (let cut = 0; cut <= all.length; cut += 1) {
      expect(parse([all.slice(0, cut), all.slice(cut)])).toEqual(expected);
    }
  });

  test("a stream that comes byte by byte gives the same frames", () => {
    expect(parse(Array.from(bytes(text), (byte) => Uint8Array.of(byte)))).toEqual(expected);
  });

  test("a frame without data is not dispatched and leaves nothing behind", () => {
    expect(parse([bytes("id: 9\nevent: entry\n\ndata: x\n\n")])).toEqual([{ id: null, event: "message", data: "x" }]);
  });

  test("a line that never ends is refused before it fills the memory", () => {
    const parser = new FrameParser();
    const endless = bytes("x".repeat(600_000));
    parser.push(endless);
    expect(() => parser.push(endless)).toThrow("frame too long");
  });
});
