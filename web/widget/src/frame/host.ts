/**
 * The host page as the frame sees it.
 *
 * Invariant: only the window that embeds this frame, from the origin named in the frame's
 * address, is listened to; and only that origin is spoken to.
 */

import { envelope, NONCE, type Identity, type ToFrame, type ToHost } from "../wire.ts";
import { randomId } from "./vault.ts";

/** Read the host's origin from the frame's own address. */
export function hostOrigin(search: string): string | null {
  const given = new URLSearchParams(search).get("origin");
  if (!given || !/^https?:\/\//.test(given)) return null;
  try {
    return new URL(given).origin === given ? given : null;
  } catch {
    return null; // not an address at all
  }
}

/** The line to the host page. */
export class Host {
  readonly #origin: string;
  readonly #nonce = randomId();

  constructor(origin: string, obey: (message: ToFrame) => void) {
    this.#origin = origin;
    window.addEventListener("message", (event) => {
      if (event.origin !== this.#origin || event.source !== window.parent) return;
      const message = envelope(event.data);
      if (message?.nonce !== this.#nonce) return;
      const understood = toFrame(message);
      if (understood) obey(understood);
    });
  }

  /** Tell the page. */
  send(message: ToHost): void {
    window.parent.postMessage({ ...message, [NONCE]: this.#nonce }, this.#origin);
  }
}

const flag = (value: unknown): boolean => value === true;

/** Read a message by its type; null for whatever does not have the right shape. */
export function toFrame(message: { type: string } & Record<string, unknown>): ToFrame | null {
  const { type } = message;
  if (type === "open" || type === "close") return { type };
  if (type === "full") return { type, full: flag(message.full) };
  if (type === "end") return { type, stay: flag(message.stay) };
  const identity = identityOf(message.identity);
  if (!identity) return null;
  if (type === "identity") return { type, identity };
  if (type !== "start") return null;
  return { type, identity, open: flag(message.open), full: flag(message.full), clean: flag(message.clean) };
}

function identityOf(value: unknown): Identity | null {
  if (typeof value !== "object" || value === null) return null;
  const { email, token } = value as Record<string, unknown>;
  if (typeof email !== "string" || typeof token !== "string") return null;
  return email.length <= 320 && token.length <= 16_384 ? { email, token } : null;
}
