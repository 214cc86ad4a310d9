/**
 * One page's chat: who it knows, and what happens when that changes.
 *
 * Whatever fails, the chat opens: without a token it opens anonymously, and the
 * page hears of it once, in the console.
 *
 * Invariant: at most one token request is under way.
 * Invariant: an answer that arrives after a sign-out is thrown away.
 */
import { askForToken, forgetToken, Refusal, type Door, type Grant } from "./door.ts";
import { Events } from "./events.ts";
import type { Platform } from "./platforms/platform.ts";
import { Renewal } from "./renewal.ts";
import { Tabs, type News } from "./tabs.ts";

/** Everything `window.callingcard` can do, for one page. */
export class Session {
  readonly events: Events;
  readonly #door: Door;
  readonly #platform: Platform;
  readonly #renewal: Renewal;
  readonly #tabs: Tabs;
  #grant: Grant | null = null;
  #opened = false;
  #warned = false;
  #era = 0;
  #echoing = false;
  #flight: Promise<void> | null = null;

  constructor(door: Door, platform: Platform, events: Events) {
    this.events = events;
    this.#door = door;
    this.#platform = platform;
    this.#renewal = new Renewal(() => void this.refresh());
    this.#tabs = new Tabs(door.url ?? "", (news) => {
      this.#hear(news);
    });
  }

  /** Find out who is signed in now; for a page that signs people in without a page load. */
  async identify(): Promise<void> {
    // One under way may have been sent before the sign-in, so it does not count.
    await this.#flight;
    await this.refresh();
  }

  /** Fetch a newer token for the same person and leave an open conversation alone. */
  refresh(): Promise<void> {
    this.#flight ??= this.#ask().finally(() => {
      this.#flight = null;
    });
    return this.#flight;
  }

  /** Give the token in use, or null for an anonymous chat. */
  async token(): Promise<string | null> {
    if (this.#grant ? this.#grant.expiresAt <= Date.now() : !this.#opened) await this.refresh();
    const grant = this.#grant;
    return grant && grant.expiresAt > Date.now() ? grant.token : null;
  }

  /** Make the chat forget who was here: in this page at once, in other tabs, on the server. */
  async logout(): Promise<void> {
    this.#leave();
    this.#tabs.tell({ person: null });
    try {
      await forgetToken(this.#door);
    } catch (error) {
      this.#trouble(error, "the server could not be told about the sign-out");
    }
  }

  /** Say once in the console, and each time as an event, that something failed. */
  readonly complain = (error: unknown): void => {
    this.#trouble(error, "the chat is not complete");
  };

  async #ask(): Promise<void> {
    const era = this.#era;
    try {
      const grant = await askForToken(this.#door);
      if (era !== this.#era) return;
      if (grant) this.#welcome(grant);
      else this.#nobody();
    } catch (error) {
      if (era === this.#era) this.#failed(error);
    }
  }

  #welcome(grant: Grant, person = personOf(grant)): void {
    if (!this.#platform.names.includes(grant.platform)) {
      throw new Refusal(`the token is for ${grant.platform}, another platform`, false);
    }
    const before = this.#grant;
    const same = before !== null && personOf(before) === person;
    this.#grant = grant;
    this.#warned = false;
    this.#renewal.at(grant.refreshAt);
    if (before?.token !== grant.token) {
      this.#handOver(grant.settings, before && !same ? "reset" : "keep");
    }
    this.events.emit(same ? "refreshed" : "identified", grant.identity);
    // What was heard from another tab is not told again: two tabs could go on for ever.
    if (!same && !this.#echoing) this.#tabs.tell({ person });
  }

  #nobody(): void {
    const known = this.#grant !== null;
    this.#grant = null;
    this.#renewal.stop();
    if (known || !this.#opened) this.#handOver(null, known ? "reset" : "keep");
    this.events.emit("anonymous", undefined);
  }

  #failed(error: unknown): void {
    if (error instanceof Refusal && !error.retry) this.#renewal.stop();
    else this.#renewal.again(error instanceof Refusal ? error.waitMs : 0);
    if (!this.#opened) this.#handOver(null, "keep");
    this.#trouble(error, this.#grant ? "the token was not renewed" : "the chat is anonymous");
    if (!this.#grant) this.events.emit("anonymous", undefined);
  }

  #leave(): void {
    this.#era++;
    this.#grant = null;
    this.#renewal.stop();
    this.#handOver(null, "reset");
    this.events.emit("loggedOut", undefined);
  }

  #hear({ person }: News): void {
    if (person === null) this.#leave();
    else if (!this.#grant || personOf(this.#grant) !== person) void this.#follow();
  }

  async #follow(): Promise<void> {
    this.#echoing = true;
    await this.identify();
    this.#echoing = false;
  }

  #handOver(settings: Record<string, unknown> | null, manner: "keep" | "reset"): void {
    const first = !this.#opened;
    this.#opened = true;
    this.#platform.handOver(settings, first && manner === "keep" ? "open" : manner);
  }

  #trouble(error: unknown, consequence: string): void {
    const reason = error instanceof Error ? error : new Error(String(error));
    if (!this.#warned) console.warn(`Callingcard: ${consequence}: ${reason.message}.`);
    this.#warned = true;
    this.events.emit("error", reason);
  }
}

function personOf({ identity }: Grant): string {
  return JSON.stringify([identity.userId ?? null, identity.email ?? null]);
}
