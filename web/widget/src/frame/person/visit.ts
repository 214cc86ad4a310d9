/**
 * Who is here: gets a session for whom the host page names, renews it, ends it.
 *
 * Invariant: what one person sees is dropped before anything is asked for the next.
 * Invariant: a token that was handed over before an end is never used after it.
 */

import { delayFor, Pause } from "@callingcard/kit/sync/backoff.ts";
import type { Identity } from "../../wire.ts";
import type { Answer, Desk, Place, Session } from "../protocol.ts";
import type { Vault } from "./vault.ts";

/** What of the earlier session may stay when a new one begins. */
export interface Kept {
  readonly entries: boolean;
  readonly letters: boolean;
}

/** Who is told. */
export interface VisitListener {
  /** The session that is held may be replaced now; `opened` follows. */
  raising(): void;
  opened(session: Session, kept: Kept, email: string): void;
  /** The same session, with another beginning: the visitor went to another page. */
  shown(session: Session): void;
  /** Everything of the person must go from the screen and from memory. */
  dropped(): void;
  /** The person left on purpose: other tabs of this browser must follow. */
  left(): void;
  /** There is no such inbox, or not for this page. */
  refused(): void;
}

type Cause = "fresh" | "upgrade" | "renewal";

const NOBODY: Identity = { email: "", token: "" };
const REPEATED_MS = 60_000;
const ENDING_MS = 2_500;

/** The visit of one frame. */
export class Visit {
  readonly #desk: Desk;
  readonly #vault: Vault;
  readonly #listener: VisitListener;
  readonly #pause = new Pause();
  readonly #spent = new Set<string>();
  #identity = NOBODY;
  #session: Session | null = null;
  #era = 0;
  #person = 0;
  #renewals = 0;
  #renewedAt = -Infinity;
  #renewing = false;

  constructor(desk: Desk, vault: Vault, listener: VisitListener) {
    this.#desk = desk;
    this.#vault = vault;
    this.#listener = listener;
  }

  /** The bearer of the present session. */
  get bearer(): string | null {
    return this.#session?.session ?? null;
  }

  /** Begin with whom the host page names. */
  async begin(identity: Identity): Promise<void> {
    this.#identity = identity;
    await this.#open("upgrade", this.#vault.session);
  }

  /** Follow the host page: a first proof, a renewed one, another person, or nobody. */
  async identify(next: Identity): Promise<void> {
    const earlier = this.#identity;
    if (earlier.email === next.email && earlier.token === next.token) return;
    this.#identity = next;
    if (!named(earlier)) {
      await this.#open("upgrade", this.bearer ?? this.#vault.session);
    } else if (next.email !== "" && next.email === earlier.email) {
      if (this.#session?.evidence !== "signed") await this.#open("upgrade", this.bearer ?? this.#vault.session);
    } else {
      await this.#leave(earlier);
      if (this.#identity === next) await this.#open("fresh", null);
    }
  }

  /** The visitor is somewhere else on the site: ask what fits there. Who they are stays. */
  async refresh(next: Identity): Promise<void> {
    const era = this.#era;
    await this.identify(next);
    if (era !== this.#era) return; // it was just asked, for somebody else
    if (this.#session) await this.#again(this.#session, era);
    else await this.#open("upgrade", this.#vault.session);
  }

  /** A one-time code proved that the visitor is who has *email*. */
  raised(session: Session, email: string): void {
    this.#era += 1;
    this.#accept(session, "upgrade", email);
  }

  /** Forget the person here and on the server; with *stay* an unknown visitor begins anew. */
  async end(stay: boolean): Promise<void> {
    const earlier = this.#identity;
    this.#identity = NOBODY;
    await this.#leave(earlier);
    if (stay && this.#identity === NOBODY) await this.#open("fresh", null);
  }

  /** Another tab ended this browser's sessions: drop all, and do not use the old proof again. */
  async endedElsewhere(): Promise<void> {
    this.#forget(this.#identity);
    this.#identity = NOBODY;
    await this.#open("fresh", null);
  }

  /** The server says the session is over; with *drop* nothing of it may stay visible meanwhile. */
  async renew(drop: boolean): Promise<void> {
    if (drop) this.#listener.dropped();
    if (this.#renewing) return;
    this.#renewing = true;
    const era = this.#era;
    try {
      this.#vault.keep(null);
      const repeated = Date.now() - this.#renewedAt < REPEATED_MS;
      this.#renewals = repeated ? this.#renewals + 1 : 0;
      if (repeated) await this.#pause.wait(delayFor(this.#renewals, Math.random()));
      this.#renewedAt = Date.now();
      if (era === this.#era) await this.#open(drop ? "fresh" : "renewal", null);
    } finally {
      this.#renewing = false;
    }
  }

  /** The network is back: do not wait longer. */
  wake(): void {
    this.#pause.end();
  }

  /** The session is in this conversation now. */
  joined(conversation: Place): Session | null {
    this.#session = this.#session && { ...this.#session, conversation };
    return this.#session;
  }

  #forget(identity: Identity): void {
    this.#era += 1;
    this.#person += 1;
    this.#pause.end();
    if (identity.token) this.#spent.add(identity.token);
    this.#session = null;
    this.#listener.dropped();
    this.#vault.forget();
  }

  async #leave(identity: Identity): Promise<void> {
    const bearer = this.bearer ?? this.#vault.session;
    this.#forget(identity);
    this.#listener.left();
    if (bearer === null) return;
    // The person is gone from here already; the server is given a moment to agree.
    const late = new Promise((resolve) => { setTimeout(resolve, ENDING_MS); });
    await Promise.race([this.#tellServer(bearer), late]);
  }

  async #tellServer(bearer: string): Promise<void> {
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const answer = await this.#desk.endSession(bearer);
      if (answer.ok || (answer.status >= 400 && answer.status < 500 && answer.status !== 429)) return;
      await new Promise((resolve) => { setTimeout(resolve, delayFor(attempt, Math.random(), answer.retryMs)); });
    }
    console.warn("[callingcard] the session could not be ended on the server; it expires by itself");
  }

  async #open(cause: Cause, earlier: string | null): Promise<void> {
    this.#era += 1;
    const era = this.#era;
    const person = this.#person;
    this.#pause.end();
    const identity = this.#spent.has(this.#identity.token) ? NOBODY : this.#identity;
    this.#listener.raising();
    for (let attempt = 0; era === this.#era; attempt += 1) {
      const answer = await this.#desk.openSession(identity, this.#vault.browser(), earlier);
      if (era !== this.#era) {
        if (person !== this.#person) this.#discard(answer);
      } else if (answer.ok) {
        this.#accept(answer.value, cause, identity.email);
        return;
      } else if ([401, 403, 404].includes(answer.status)) {
        this.#listener.refused();
        return;
      } else {
        await this.#pause.wait(delayFor(attempt, Math.random(), answer.retryMs));
      }
    }
  }

  /** Ask with the session that is held; an answer that proves less changes nobody. */
  async #again(held: Session, era: number): Promise<void> {
    const identity = this.#spent.has(this.#identity.token) ? NOBODY : this.#identity;
    const answer = await this.#desk.openSession(identity, this.#vault.browser(), held.session);
    if (era !== this.#era || this.#session?.session !== held.session || !answer.ok) return;
    const { conversation } = this.#session;
    if (answer.value.session === held.session) this.#show({ ...answer.value, conversation: conversation ?? answer.value.conversation });
    else if (!proven(held) || proven(answer.value)) this.#accept(answer.value, "upgrade", identity.email);
    // A page may refresh long after its token's end, which is no reason to forget anybody.
    else this.#show({ ...this.#session, chatflow: answer.value.chatflow });
  }

  #show(session: Session): void {
    this.#session = session;
    this.#listener.shown(session);
  }

  /** Somebody else came while this session was made: a session nobody holds must not live on. */
  #discard(answer: Answer<Session>): void {
    if (answer.ok && proven(answer.value)) void this.#tellServer(answer.value.session);
  }

  #accept(session: Session, cause: Cause, email: string): void {
    const before = this.#session;
    this.#session = session;
    this.#vault.keep(session.session, session.evidence);
    const same = before?.conversation?.id === session.conversation?.id;
    const kept = {
      entries: cause !== "fresh" && before !== null && same,
      letters: cause === "upgrade" || (cause === "renewal" && before?.evidence === session.evidence),
    };
    this.#listener.opened(session, kept, proven(session) ? email : "");
  }
}

/** Whether *session* belongs to a person who proved to be that person. */
export function proven(session: Session): boolean {
  return session.evidence === "signed" || session.evidence === "verified";
}

function named(identity: Identity): boolean {
  return identity.email !== "" || identity.token !== "";
}
