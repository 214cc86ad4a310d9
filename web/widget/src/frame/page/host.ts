/**
 * The host page as the frame sees it.
 *
 * Invariant: only the window that embeds this frame, from the origin named in the frame's
 * address, is listened to; and only that origin is spoken to.
 */

import { envelope, NONCE, type Identity, type Look, type ToFrame, type ToHost } from "../../wire.ts";
import { randomId } from "../person/vault.ts";

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

  /** Hand on to *obey* what the page says, with the address its visitor is at. */
  constructor(origin: string, obey: (message: ToFrame, page: string) => void) {
    this.#origin = origin;
    window.addEventListener("message", (event) => {
      if (event.origin !== this.#origin || event.source !== window.parent) return;
      const message = envelope(event.data);
      if (message?.nonce !== this.#nonce) return;
      const understood = toFrame(message);
      if (understood) obey(understood, pageOf(message.page));
    });
  }

  /** Tell the page. */
  send(message: ToHost): void {
    window.parent.postMessage({ ...message, [NONCE]: this.#nonce }, this.#origin);
  }
}

const flag = (value: unknown): boolean => value === true;
const LONGEST_PAGE = 2000;

/**
 * Read the address of the host page: without user and password, and without its fragment,
 * which may hold a token, unless it is a path of a page that routes by fragments.
 */
export function pageOf(value: unknown): string {
  if (typeof value !== "string" || !URL.canParse(value)) return "";
  const url = new URL(value);
  if (!/^https?:$/.test(url.protocol)) return "";
  url.username = url.password = "";
  if (!/^#!?\//.test(url.hash)) url.hash = "";
  return url.href.length <= LONGEST_PAGE ? url.href : `${url.origin}${url.pathname}`.slice(0, LONGEST_PAGE);
}

/** Read a message by its type; null for whatever does not have the right shape. */
export function toFrame(message: { type: string } & Record<string, unknown>): ToFrame | null {
  const { type } = message;
  if (type === "open" || type === "close") return { type };
  if (type === "full") return { type, full: flag(message.full) };
  if (type === "end") return { type, stay: flag(message.stay) };
  const identity = identityOf(message.identity);
  if (!identity) return null;
  if (type === "identity") return { type, identity };
  if (type === "refresh") return { type, identity, fresh: flag(message.fresh) };
  if (type !== "start") return null;
  const look = lookOf(message.look);
  return { type, identity, open: flag(message.open), full: flag(message.full), clean: flag(message.clean), look };
}

function lookOf(value: unknown): Look {
  const { inline, focus, newThread } = (value ?? {}) as Record<string, unknown>;
  return { inline: flag(inline), focus: flag(focus), newThread: flag(newThread) };
}

function identityOf(value: unknown): Identity | null {
  if (typeof value !== "object" || value === null) return null;
  const { email, token } = value as Record<string, unknown>;
  if (typeof email !== "string" || typeof token !== "string") return null;
  return email.length <= 320 && token.length <= 16_384 ? { email, token } : null;
}
