/**
 * What the visitor sees and does: one conversation, kept in step with the server.
 *
 * Signals hold the state, the views only draw it. Entries come from the reader alone, so
 * there is one source of order; letters on their way stand below them until they come
 * back as entries.
 */

import { batch, effect } from "@preact/signals";
import { Outbox, type Outcome, type Letter } from "@callingcard/kit/sync/outbox.ts";
import { Reader, type Arrival, type LinkState } from "@callingcard/kit/sync/reader.ts";
import { insert } from "@callingcard/kit/sync/timeline.ts";
import type { EventName, Identity } from "../wire.ts";
import { Announcer } from "./announcer.ts";
import { wordsOf, type Values } from "./asking/asked.ts";
import { Past } from "./past.ts";
import { Merged } from "./merged.ts";
import { Confirming } from "./person/confirming.ts";
import { randomId, type Vault } from "./person/vault.ts";
import { proven, Visit, type Kept } from "./person/visit.ts";
import type { Desk, Entry, Form, Live, Option, Place, Receipt, Reply, Session, Thread } from "./protocol.ts";
import { ReadMark } from "./readmark.ts";
import { RoomState } from "./roomstate.ts";
import { Typing } from "./typing.ts";

/** What the room tells the world outside it. */
export interface RoomPorts {
  event(name: EventName, payload: object): void;
  /** Nothing is to be shown on this page at all. */
  gone(): void;
  /** The person left on purpose. */
  left(): void;
}

/** The longest message the desk takes. */
export const LONGEST = 4000;

/** What happens in the frame. */
export class Room extends RoomState {
  readonly past: Past;
  readonly merged: Merged;
  readonly confirming: Confirming;

  readonly #ports: RoomPorts;
  readonly #page: Announcer;
  readonly #desk: Desk;
  readonly #vault: Vault;
  readonly #visit: Visit;
  readonly #outbox: Outbox<Receipt>;
  readonly #reader: Reader;
  readonly #mark: ReadMark;
  readonly #typing: Typing;
  #paused = false;
  #knownHead = 0;

  constructor(desk: Desk, vault: Vault, ports: RoomPorts) {
    super();
    this.#desk = desk;
    this.#vault = vault;
    this.#ports = ports;
    this.#page = new Announcer((name, payload) => { ports.event(name, payload); });
    this.#visit = new Visit(desk, vault, {
      raising: () => { this.#reader.stop(); },
      opened: (session, kept, email) => { void this.#opened(session, kept, email); },
      shown: (session) => { this.session.value = session; },
      dropped: () => { this.#dropped(); },
      left: () => { ports.left(); },
      refused: () => { ports.gone(); },
    });
    const bearer = () => this.#visit.bearer;
    this.#mark = new ReadMark(bearer, (held, seq) => desk.read(held, seq));
    this.#typing = new Typing((typing) => {
      const held = this.#visit.bearer;
      if (held !== null && this.session.value?.conversation) void desk.types(held, typing);
    });
    this.past = new Past(desk, {
      bearer,
      busy: () => this.letters.value.some(({ state }) => state !== "failed"),
      go: (going) => this.#go(going),
      selected: (id) => { this.#page.conversation("userSelectedThread", id); },
    });
    this.merged = new Merged(desk, bearer, (id) => { this.#outbox.settle(id); });
    this.confirming = new Confirming(desk, {
      bearer,
      held: (call) => this.#held(call),
      raised: (session, email) => {
        this.screen.value = "chat";
        this.#visit.raised(session, email);
      },
    });
    this.#outbox = new Outbox<Receipt>({
      deliver: (letter) => this.#deliver(letter),
      changed: (letters) => { this.letters.value = letters; },
      sent: (_, receipt) => { this.#started(receipt); },
    });
    this.#reader = new Reader(
      {
        url: (after, wait) => desk.eventsUrl(after, wait),
        headers: () => ({ Authorization: `Bearer ${this.#visit.bearer ?? ""}` }),
        unpack: (item) => ({ seq: (item as Entry).seq, event: "entry", data: item }),
      },
      {
        // One change for whoever looks: a message read as it comes never counts as unread.
        arrived: (arrival) => { batch(() => { this.#arrived(arrival); }); },
        reset: (head, cursor) => this.#reset(head, cursor),
        ended: (status) => { this.#ended(status); },
        state: (state) => { this.#linked(state); },
        live: (data) => { this.#isSo(data as Live); },
      },
    );
    effect(() => { this.#page.unread(this.unread.value); });
  }

  /** Begin with whom the page names; *clean* when an earlier visitor was said goodbye to. */
  async begin(identity: Identity, clean: boolean): Promise<void> {
    // Forgetting is done at once; only telling the server takes time, and nobody waits for it.
    if (clean) void this.#visit.end(false);
    await this.#visit.begin(identity);
  }

  async identify(identity: Identity): Promise<void> {
    await this.#visit.identify(identity);
  }

  async end(stay: boolean): Promise<void> {
    await this.#visit.end(stay);
  }

  async endedElsewhere(): Promise<void> {
    await this.#visit.endedElsewhere();
  }

  /** The visitor is somewhere else on the site; with *fresh* they are to begin another conversation. */
  async refresh(identity: Identity, fresh: boolean): Promise<void> {
    await this.#visit.refresh(identity);
    if (!fresh) return;
    const session = this.session.value;
    if (session && proven(session) && (session.conversation?.head ?? 0) > 0) await this.past.begin();
    this.screen.value = "chat";
    this.show(true);
  }

  /** Show or hide the panel; inline it is always there. */
  show(open: boolean): void {
    if (this.open.value === open || (this.look.value.inline && !open)) return;
    this.open.value = open;
    if (open && !this.look.value.inline) this.touch();
    if (!open) this.#page.hidden();
    this.markRead();
  }

  /** The visitor did something here. */
  touch(): void {
    this.#page.touched();
  }

  /** Show the form that proves an address, with the one that was given before. */
  confirm(): void {
    const given = Object.values(this.filled.value).map((values) => values["contact.email"] ?? "");
    this.confirming.email.value ||= given.find((email) => email !== "") ?? "";
    this.screen.value = "confirm";
  }

  /** The visitor writes. */
  write(text: string): void {
    this.draft.value = text;
    this.#typing.wrote(text);
  }

  /** Send the draft. */
  send(): void {
    const text = this.draft.value.trim();
    if (text === "" || text.length > LONGEST) return;
    this.draft.value = "";
    this.#post(text);
  }

  /** Press a button under a question. */
  press({ label, value }: Option): void {
    this.#page.pressed(value);
    this.#post(label, { value });
  }

  /** Keep what is typed into a form. */
  fill({ step }: Form, name: string, text: string): void {
    const { value } = this.filled;
    this.filled.value = { ...value, [step]: { ...value[step], [name]: text } };
  }

  /** Send a form. */
  submit(form: Form, values: Values): void {
    this.filled.value = { ...this.filled.value, [form.step]: values };
    this.#post(wordsOf(form, values).slice(0, LONGEST), { values });
  }

  retry(id: string): void {
    this.#outbox.retry(id);
  }

  /** Everything on screen counts as read while somebody can see it. */
  markRead(): void {
    const head = this.entries.value.at(-1)?.seq ?? 0;
    if (!this.open.value || document.hidden || head <= this.readSeq.value) return;
    this.readSeq.value = head;
    void this.#mark.tell(head);
  }

  /** The network is back or the tab is looked at: try everything now. */
  wake(): void {
    this.#visit.wake();
    this.#outbox.wake();
    this.#reader.wake();
    this.markRead();
  }

  /** Let go of the stream while the tab is hidden. */
  pause(): void {
    this.#paused = true;
    this.#reader.stop();
  }

  resume(): void {
    this.#paused = false;
    if (this.session.value && !this.#reader.running) this.#reader.start(this.#reader.cursor);
    this.wake();
  }

  #post(text: string, answer?: Reply): void {
    this.touch();
    this.#typing.done();
    this.#outbox.add({ id: randomId(), text, at: new Date().toISOString(), ...(answer && { answer }) });
  }

  async #opened(session: Session, kept: Kept, email: string): Promise<void> {
    this.#reader.stop();
    if (!kept.letters) this.#outbox.wipe();
    batch(() => {
      if (!kept.entries) this.#enter(session.conversation);
      this.#knownHead = session.conversation?.head ?? 0;
      this.session.value = session;
    });
    if (!this.#paused) this.#reader.start(kept.entries ? this.#reader.cursor : 0);
    this.#page.associated(session.contact !== null);
    const keep = proven(session) ? await this.#vault.lettersOf(email) : this.#vault.anonymousLetters();
    if (this.#visit.bearer !== session.session) return;
    this.#outbox.use(keep);
    this.#outbox.open();
  }

  #dropped(): void {
    this.#reader.stop();
    this.#outbox.wipe();
    this.#typing.done();
    this.past.forget();
    this.confirming.forget();
    batch(() => {
      this.session.value = null;
      this.#enter(null);
      this.draft.value = "";
      this.screen.value = "chat";
      this.link.value = "live";
    });
    this.#page.associated(false);
  }

  /** What is on the screen now is the beginning of *place*; null is nowhere yet. */
  #enter(place: Place | null): void {
    this.clear(place);
    this.merged.forget();
    this.#knownHead = place?.head ?? 0;
    this.#mark.begin(this.readSeq.value);
  }

  /** Leave for the conversation that *going* ends in; the stream of the one before is let go of first. */
  async #go(going: () => Promise<Thread | null>): Promise<void> {
    const { bearer } = this.#visit;
    this.#reader.stop();
    const thread = await going();
    if (bearer === null || bearer !== this.#visit.bearer) return;
    if (thread) {
      batch(() => {
        this.#takeBack();
        this.#enter(thread);
        this.session.value = this.#visit.joined(thread);
        this.screen.value = "chat";
      });
    }
    if (!this.#paused) this.#reader.start(thread ? 0 : this.#reader.cursor);
  }

  /** Hold the stream while the session may be replaced: the end of the old one is no news then. */
  async #held<T>(call: () => Promise<T>): Promise<T> {
    this.#reader.stop();
    try {
      return await call();
    } finally {
      if (!this.#paused && this.session.value) this.#reader.start(this.#reader.cursor);
    }
  }

  /** Words that could not be sent go back to where they were written. */
  #takeBack(): void {
    const unsent = this.letters.value;
    this.draft.value = [...unsent.map(({ text }) => text), this.draft.value].join("\n").trim();
    for (const { id } of unsent) this.#outbox.settle(id);
  }

  #linked(state: LinkState): void {
    this.link.value = state;
    // Who typed when we last heard may have stopped long ago.
    if (state === "waiting") this.live.value = { ...this.live.value, typing: [] };
  }

  /** Take what is so now; a conversation that began elsewhere, or was chosen there, is entered. */
  #isSo(live: Live): void {
    const id = live.conversationId ?? null;
    const known = this.session.value?.conversation;
    if (id !== null && id !== known?.id) {
      const place = { id, head: 1, readSeq: 0 };
      if (known) {
        this.#reader.stop();
        this.#enter(place);
        this.#reader.start(0);
      }
      this.session.value = this.#visit.joined(place);
    }
    this.live.value = live;
    void this.merged.follow(live.merged);
  }

  #arrived({ event, data }: Arrival): void {
    if (event !== "entry") return;
    const entry = data as Entry;
    this.entries.value = insert(this.entries.value, entry);
    if (entry.clientMessageId !== null) this.#outbox.settle(entry.clientMessageId);
    if (entry.author.kind === "visitor" && entry.seq > this.readSeq.value) this.readSeq.value = entry.seq;
    const conversation = this.session.value?.conversation;
    if (entry.status === "closed" && entry.seq > this.#knownHead && conversation) {
      this.#page.conversation("conversationClosed", conversation.id);
    }
    this.markRead();
  }

  #reset(head: number, cursor: number): number {
    this.entries.value = [];
    // Even the beginning is out of reach: what is kept begins at the head.
    return cursor === 0 ? head : 0;
  }

  #ended(status: number): void {
    if (status === 403 || status === 404) {
      this.#ports.gone();
      return;
    }
    this.#renew(status === 200);
  }

  #renew(told: boolean): void {
    this.#reader.stop();
    this.#outbox.hold();
    const session = this.session.value;
    void this.#visit.renew(told && session !== null && proven(session));
  }

  async #deliver(letter: Letter): Promise<Outcome<Receipt>> {
    const bearer = this.#visit.bearer;
    if (bearer === null) return { kind: "locked" };
    const answer = await this.#desk.post(bearer, letter.id, letter.text, letter.answer as Reply | undefined);
    if (answer.ok) return { kind: "sent", receipt: answer.value };
    const { status } = answer;
    if (status === 401) {
      if (bearer === this.#visit.bearer) this.#renew(false);
      return { kind: "locked" };
    }
    if (status === 0 || status === 408 || status === 429 || status >= 500) return { kind: "later", afterMs: answer.retryMs };
    return { kind: "refused", reason: answer.detail };
  }

  #started({ conversationId, seq }: Receipt): void {
    const place = { id: conversationId, head: seq, readSeq: seq };
    if (!this.session.value?.conversation) this.session.value = this.#visit.joined(place);
    // The stream may have told of it before; it began here when nobody had written before.
    const wrote = this.entries.value.some((entry) => entry.author.kind === "visitor" && entry.seq < seq);
    if (!this.begun.value && !wrote) this.#page.conversation("conversationStarted", conversationId);
  }
}
