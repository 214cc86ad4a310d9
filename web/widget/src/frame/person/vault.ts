/**
 * What this browser remembers for the frame.
 *
 * Storage may be denied (private windows, blocked third-party storage); then memory
 * serves for as long as the page lives.
 *
 * Invariant: a session that the page's own sign-in proves is never stored, and one that a
 * visitor proved by a code stays in its tab and dies with it; a letter is stored where only
 * the same person's next session looks for it.
 */

import { FORGETFUL, type Keep, type Letter } from "@callingcard/kit/sync/outbox.ts";
import type { Evidence } from "../protocol.ts";

type Kind = "localStorage" | "sessionStorage";

/** The memory of one inbox in this browser. */
export class Vault {
  readonly #prefix: string;
  readonly #memory = new Map<string, string>();

  constructor(inbox: string) {
    this.#prefix = `callingcard.${inbox}.`;
  }

  /** A random name for this browser, so that signing out can reach its other sessions. */
  browser(): string {
    const known = this.#get("localStorage", "browser");
    if (known) return known;
    const made = randomId();
    this.#put("localStorage", "browser", made);
    return made;
  }

  /** The session to go on with: what a code proved in this tab, or this browser's anonymous one. */
  get session(): string | null {
    return this.#get("sessionStorage", "session") ?? this.#get("localStorage", "session");
  }

  /** Remember *session* for as long as its *evidence* allows; null forgets any. */
  keep(session: string | null, evidence: Evidence = "anonymous"): void {
    const kind = evidence === "signed" ? null : evidence === "verified" ? "sessionStorage" : "localStorage";
    for (const other of ["localStorage", "sessionStorage"] as const) if (other !== kind) this.#drop(other, "session");
    if (session !== null && kind) this.#put(kind, "session", session);
  }

  /** Where an anonymous visitor's letters wait. */
  anonymousLetters(): Keep {
    return this.#letters("localStorage", "letter.");
  }

  /**
   * Where the letters of the person with *email* wait: this tab only, under a digest of
   * the address. Without an address to tell people apart, nowhere.
   */
  async lettersOf(email: string): Promise<Keep> {
    const subtle = (globalThis.crypto as Crypto | undefined)?.subtle;
    if (!email || !subtle) return FORGETFUL;
    const digest = await subtle.digest("SHA-256", new TextEncoder().encode(email));
    const name = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
    return this.#letters("sessionStorage", `letter.${name}.`);
  }

  /** Forget everything of everybody. */
  forget(): void {
    this.#memory.clear();
    for (const kind of ["localStorage", "sessionStorage"] as const) {
      for (const key of this.#keys(kind)) store(kind)?.removeItem(key);
    }
  }

  #letters(kind: Kind, group: string): Keep {
    return {
      all: () => this.#names(kind, group).flatMap((name) => parseLetter(this.#get(kind, name))).sort(byTime),
      put: (letter) => { this.#put(kind, group + letter.id, JSON.stringify(letter)); },
      drop: (id) => { this.#drop(kind, group + id); },
    };
  }

  #names(kind: Kind, group: string): string[] {
    const start = this.#prefix + group;
    return this.#keys(kind).filter((key) => key.startsWith(start)).map((key) => key.slice(this.#prefix.length));
  }

  #keys(kind: Kind): string[] {
    return Object.keys(store(kind) ?? {}).filter((key) => key.startsWith(this.#prefix));
  }

  #get(kind: Kind, name: string): string | null {
    const key = this.#prefix + name;
    return this.#memory.get(kind + key) ?? store(kind)?.getItem(key) ?? null;
  }

  #put(kind: Kind, name: string, value: string): void {
    const key = this.#prefix + name;
    try {
      const place = store(kind);
      if (place) {
        place.setItem(key, value);
        return;
      }
    } catch {
      // Full: keep it in memory, which is all that is left.
    }
    this.#memory.set(kind + key, value);
  }

  #drop(kind: Kind, name: string): void {
    const key = this.#prefix + name;
    this.#memory.delete(kind + key);
    store(kind)?.removeItem(key);
  }
}

/** An id nobody else has; `randomUUID` is missing on pages served without TLS. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function store(kind: Kind): Storage | null {
  try {
    return window[kind];
  } catch {
    return null; // denied: reading the property itself throws
  }
}

function parseLetter(stored: string | null): Letter[] {
  try {
    const { id, text, at, answer } = JSON.parse(stored ?? "") as Record<string, unknown>;
    if (typeof id !== "string" || typeof text !== "string" || typeof at !== "string") return [];
    return [answer === undefined ? { id, text, at } : { id, text, at, answer }];
  } catch {
    return []; // not ours or cut off: nothing that could be sent
  }
}

function byTime(one: Letter, other: Letter): number {
  return one.at < other.at ? -1 : one.at > other.at ? 1 : 0;
}
