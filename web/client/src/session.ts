/**
 * One page's chat: who it knows, and what happens when that changes.
 *
 * Whatever fails, the chat opens: without a token it opens anonymously, and the
 * page hears of it once, in the console.
 *
 * Invariant: at most one token request is under way.
 * Invariant: an answer that arrives after a sign-out is thrown away.
 */
import { askForToken, forgetToken, Refusal, type Claim, type Door, type Grant } from "./door.ts";
import { Events } from "./events.ts";
import type { Settings } from "./platforms/platform.ts";
import { widgetName } from "./platforms/vendors.ts";
import { Renewal } from "./renewal.ts";
import { Tabs, type News } from "./tabs.ts";

/** The chat widget on the page, as far as a session cares. */
export interface Chat {
  /** Give the widget a *person's* settings, or take them away with null. */
  handOver(settings: Settings | null, person?: string, leaving?: boolean): void;}

/** The page's own proof threw, say: another try may go better. */
const UNEXPECTED = new Refusal("", true);

/** Everything `window.callingcard` can do, for one page. */
export class Session {
  readonly events: Events;
  readonly #door: Door;
  readonly #chat: Chat;
  readonly #renewal: Renewal;
  readonly #tabs: Tabs;
  #grant: Grant | null = null;
  #opened = false;
  #warned = false;
  #era = 0;
  #echoing = false;
  #flight: Promise<void> | null = null;

  /** *widget* is the name of the only widget that tokens may be for. */
  constructor(
    door: Door,
    chat: Chat,
    events: Events,
    readonly widget = "hubspot",
  ) {
    this.events = events;
    this.#door = door;
    this.#chat = chat;
    this.#renewal = new Renewal(() => void this.refresh());
    this.#tabs = new Tabs(door.url ?? "", (news) => {
      this.#hear(news);
    });
  }

  /**
   * Find out who is signed in now; for a page that signs people in without a page load.
   * *who* is a proof to use from now on, or who a landing page's visitor says they are.
   */
  async identify(who?: string | Claim | null): Promise<void> {
    if (who !== undefined) this.#door.who = who;
    // One under way may have been sent before the sign-in, so it does not count.
    await this.#flight;
    await this.#fly();
  }

  /** Fetch a newer token for the same person and leave an open conversation alone. */
  async refresh(): Promise<void> {
    if (!this.#live()?.last) await this.#fly();
  }

  /** Give the token in use, or null for an anonymous chat. */
  async token(): Promise<string | null> {
    if (this.#grant ? !this.#live() : !this.#opened) await this.refresh();
    return this.#live()?.token ?? null;
  }

  /** Give a token that is not *seen*, for a widget that asks when its token ends. */
  readonly fresh = async (seen?: string): Promise<string | null> => {
    if (seen && this.#grant?.token === seen) await this.refresh();
    const token = await this.token();
    return token === seen ? null : token;
  };

  /** Make the chat forget who was here: in this page at once, in other tabs, on the server. */
  async logout(): Promise<void> {
    const told = forgetToken(this.#door);
    this.#leave();
    this.#tabs.tell({ person: null });
    try {
      await told;
    } catch (error) {
      this.#trouble(error, "the server could not be told about the sign-out");
    }
  }

  /** Say once in the console, and each time as an event, that something failed. */
  readonly complain = (error: unknown): void => {
    this.#trouble(error, "the chat is not complete");
  };

  #live(): Grant | null {
    return this.#grant && this.#grant.expiresAt > Date.now() ? this.#grant : null;
  }

  #fly(): Promise<void> {
    this.#flight ??= this.#ask().finally(() => {
      this.#flight = null;
    });
    return this.#flight;
  }

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

  #welcome(grant: Grant, heard = this.#echoing): void {
    if (widgetName(grant.platform) !== this.widget) {
      throw new Refusal(`the token is for ${grant.platform}: set data-platform`, false);
    }
    const before = this.#grant;
    const person = personOf(grant);
    const same = before !== null && personOf(before) === person;
    this.#grant = grant;
    this.#renewal.at(grant.last ? Infinity : grant.refreshAt);
    const newer = before?.token !== grant.token;
    if (newer) this.#handOver(grant.settings, person);
    this.events.emit(same ? "refreshed" : "identified", grant.identity);
    // What was heard from another tab is not told again: two tabs could go on for ever.
    if (!heard && newer) this.#tabs.tell(same ? { person, grant } : { person });
  }

  #nobody(): void {
    const known = this.#grant !== null;
    this.#grant = null;
    this.#renewal.stop();
    if (known || !this.#opened) this.#handOver(null);
    this.events.emit("anonymous", undefined);
  }

  #failed(error: unknown): void {
    const { retry, waitMs, nobody } = error instanceof Refusal ? error : UNEXPECTED;
    if (retry) this.#renewal.again(waitMs);
    else this.#renewal.stop();
    const gone = nobody && this.#grant !== null;
    if (gone) this.#grant = null;
    if (gone || !this.#opened) this.#handOver(null);
    this.#trouble(error, this.#grant ? "the token was not renewed" : "the chat is anonymous");
    if (!this.#grant) this.events.emit("anonymous", undefined);
  }

  #leave(): void {
    this.#era++;
    this.#grant = null;
    this.#door.who = this.#door.invite = null;
    this.#renewal.stop();
    this.#handOver(null, "", true);
    this.events.emit("loggedOut", undefined);
  }

  #hear({ person, grant }: News): void {
    if (person === null) this.#leave();
    else if (!this.#grant || personOf(this.#grant) !== person) void this.#follow();
    else if (grant?.platform !== this.#grant.platform) return;
    else if (grant.refreshAt > this.#grant.refreshAt) this.#welcome(grant, true);
  }

  async #follow(): Promise<void> {
    this.#echoing = true;
    await this.identify();
    this.#echoing = false;
  }

  #handOver(settings: Settings | null, person = "", leaving = false): void {
    this.#opened = true;
    this.#chat.handOver(settings, person, leaving);
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
