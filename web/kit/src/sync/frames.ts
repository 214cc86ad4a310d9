/**
 * Server-sent events out of raw bytes.
 *
 * `EventSource` cannot send an Authorization header, and a session must never be in a
 * URL, so streams are read with fetch and taken apart here.
 *
 * Invariant: how the bytes are cut into chunks never changes which frames come out.
 */

/** One dispatched event of a stream. */
export interface Frame {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

const LONGEST_FRAME = 1_000_000;

/** Turns chunks of bytes into frames; feed it every chunk in order. */
export class FrameParser {
  readonly #decoder = new TextDecoder();
  #rest = "";
  #afterReturn = false;
  #data: string[] = [];
  #size = 0;
  #event = "";
  #id: string | null = null;

  /** Take the next chunk; return the frames that it completes. */
  push(bytes: Uint8Array): Frame[] {
    const lines = this.#lines(this.#decoder.decode(bytes, { stream: true }));
    const frames: Frame[] = [];
    for (const line of lines) {
      const frame = line === "" ? this.#dispatch() : this.#field(line);
      if (frame !== null) frames.push(frame);
    }
    return frames;
  }

  #lines(chunk: string): string[] {
    if (chunk === "") return [];
    // A CRLF may be cut in the middle: its CR has already ended the line.
    const text = this.#afterReturn && chunk.startsWith("\n") ? chunk.slice(1) : chunk;
    this.#afterReturn = chunk.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length + this.#size > LONGEST_FRAME) throw new Error("frame too long");
    return lines;
  }

  #field(line: string): null {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#event = value;
    if (name === "id" && !value.includes("\0")) this.#id = value;
    if (name === "data") {
      this.#data.push(value);
      this.#size += value.length;
    }
    return null;
  }

  #dispatch(): Frame | null {
    const frame = { id: this.#id, event: this.#event || "message", data: this.#data.join("\n") };
    const empty = this.#data.length === 0;
    this.#data = [];
    this.#size = 0;
    this.#event = "";
    this.#id = null; // unlike EventSource: an id belongs to its own frame only
    return empty ? null : frame;
  }
}
