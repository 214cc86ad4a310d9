/**
 * Keeps the tabs of one site in step when somebody signs in or out in one of them, and lets
 * one tab renew for all.
 *
 * A renewed token goes only to pages of the same origin, which could all ask for one.
 * Invariant: no proof, no claim and no invite is ever told.
 */
import type { Grant } from "./door.ts";

/** What one tab tells the others: who is there now, or null after a sign-out. */
export interface News {
  person: string | null;
  /** A newer token of that person, for tabs that have one already. */
  grant?: Grant;
}

/** The other tabs that use the same endpoint. */
export class Tabs {
  readonly #channel: BroadcastChannel | undefined;

  /** Call *hear* with what other tabs tell. */
  constructor(endpoint: string, hear: (news: News) => void) {
    if (typeof BroadcastChannel === "undefined") return;
    this.#channel = new BroadcastChannel(`callingcard ${endpoint}`);
    this.#channel.onmessage = (event: MessageEvent<unknown>) => {
      if (isNews(event.data)) hear(event.data);
    };
  }

  /** Tell the other tabs. */
  tell(news: News): void {
    this.#channel?.postMessage(news);
  }
}

function isNews(data: unknown): data is News {
  if (typeof data !== "object" || data === null || !("person" in data)) return false;
  return data.person === null || typeof data.person === "string";
}
