/**
 * What the visitor sees and does: one conversation, kept in step with the server.
 *
 * Signals hold the state, the views only draw it. Entries come from the reader alone, so
 * there is one source of order; letters on their way stand below them until they come
 * back as entries.
 */

import { batch, computed, effect, signal } from "@preact/signals";
import { Outbox, type Outcome, type Letter, type Outgoing } from "@callingcard/kit/sync/outbox.ts";
import { Reader, type Arrival, type LinkState } from "@callingcard/kit/sync/reader.ts";
import { insert } from "@callingcard/kit/sync/timeline.ts";
import type { EventName, Identity } from "../wire.ts";
import type { Desk, Entry, Receipt, Session } from "./protocol.ts";
import { randomId, type Vault } from "./vault.ts";
import { proven, Visit, type Kept } from "./visit.ts";

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

const READ_AGAIN_MS = 5_000;

/** The state of the frame. */
export class Room {
  readonly session = signal<Session | null>(null);
  readonly entries = signal<readonly Entry[]>([]);
  readonly letters = signal<readonly Outgoing[]>([]);
  readonly readSeq = signal(0);
  readonly link = signal<LinkState>("live");
  readonly open = signal(false);
  readonly full = signal(false);
  readonly draft = signal("");
  readonly unread = computed(() => this.entries.value.filter((entry) => isNews(entry) && entry.seq > this.readSeq.value).length);

  readonly #ports: RoomPorts;
  readonly #desk: Desk;
  readonly #vault: Vault;
  readonly #visit: Visit;
  readonly #outbox: Outbox<Receipt>;
  readonly #reader: Reader;
  #paused = false;
  #associated = false;
  #touched = false;
  #knownHead = 0;
  #readTold = 0;
  #telling = false;

  constructor(desk: Desk, vault: Vault, ports: RoomPorts) {
    this.#desk = desk;
    this.#vault = vault;
    this.#ports = ports;
    this.#visit = new Visit(desk, vault, {
      opened: (session, kept, email) => { void this.#opened(session, kept, email); },
      dropped: () => { this.#dropped(); },
      left: () => { ports.left(); },
      refused: () => { ports.gone(); },
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
        state: (state) => { this.link.value = state; },
      },
    );
    let told = 0;
    effect(() => {
      const unreadCount = this.unread.value;
      if (unreadCount !== told) ports.event("unreadConversationCountChanged", { unreadCount });
      told = unreadCount;
    });
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

  /** Show or hide the panel. */
  show(open: boolean): void {
    if (this.open.value === open) return;
    this.open.value = open;
    if (open && !this.#touched) {
      this.#touched = true;
      this.#ports.event("userInteractedWithWidget", { message: "visitor has opened the widget" });
    }
    if (!open) this.#ports.event("widgetClosed", { message: "widget has closed" });
    this.markRead();
  }

  /** Send the draft. */
  send(): void {
    const text = this.draft.value.trim();
    if (text === "" || text.length > LONGEST) return;
    this.draft.value = "";
    this.#outbox.add({ id: randomId(), text, at: new Date().toISOString() });
  }

  retry(id: string): void {
    this.#outbox.retry(id);
  }

  /** Everything on screen counts as read while somebody can see it. */
  markRead(): void {
    const head = this.entries.value.at(-1)?.seq ?? 0;
    if (!this.open.value || document.hidden || head <= this.readSeq.value) return;
    this.readSeq.value = head;
    void this.#tellRead();
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

  async #opened(session: Session, kept: Kept, email: string): Promise<void> {
    this.#reader.stop();
    if (!kept.letters) this.#outbox.wipe();
    if (!kept.entries) {
      this.entries.value = [];
      this.readSeq.value = this.#readTold = session.conversation?.readSeq ?? 0;
    }
    this.#knownHead = session.conversation?.head ?? 0;
    this.session.value = session;
    if (!this.#paused) this.#reader.start(kept.entries ? this.#reader.cursor : 0);
    this.#announce(session);
    const keep = proven(session) ? await this.#vault.lettersOf(email) : this.#vault.anonymousLetters();
    if (this.#visit.bearer !== session.session) return;
    this.#outbox.use(keep);
    this.#outbox.open();
  }

  #announce(session: Session): void {
    const associated = session.contact !== null;
    if (associated && !this.#associated) {
      this.#ports.event("contactAssociated", { message: "visitor has been associated with a contact" });
    }
    this.#associated = associated;
  }

  #dropped(): void {
    this.#reader.stop();
    this.#outbox.wipe();
    this.session.value = null;
    this.entries.value = [];
    this.draft.value = "";
    this.readSeq.value = this.#readTold = this.#knownHead = 0;
    this.link.value = "live";
    this.#associated = false;
  }

  #arrived({ event, data }: Arrival): void {
    if (event !== "entry") return;
    const entry = data as Entry;
    this.entries.value = insert(this.entries.value, entry);
    if (entry.clientMessageId !== null) this.#outbox.settle(entry.clientMessageId);
    if (entry.author.kind === "visitor" && entry.seq > this.readSeq.value) this.readSeq.value = entry.seq;
    const conversation = this.session.value?.conversation;
    if (entry.status === "closed" && entry.seq > this.#knownHead && conversation) {
      this.#ports.event("conversationClosed", forPage(conversation.id));
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
    const answer = await this.#desk.post(bearer, letter.id, letter.text);
    if (answer.ok) return { kind: "sent", receipt: answer.value };
    const { status } = answer;
    if (status === 401) {
      if (bearer === this.#visit.bearer) this.#renew(false);
      return { kind: "locked" };
    }
    if (status === 0 || status === 408 || status === 429 || status >= 500) return { kind: "later", afterMs: answer.retryMs };
    return { kind: "refused", reason: answer.detail };
  }

  #started(receipt: Receipt): void {
    if (this.session.value?.conversation) return;
    this.session.value = this.#visit.joined({ id: receipt.conversationId, head: receipt.seq, readSeq: receipt.seq });
    this.#ports.event("conversationStarted", forPage(receipt.conversationId));
  }

  async #tellRead(): Promise<void> {
    if (this.#telling) return;
    this.#telling = true;
    for (let bearer = this.#visit.bearer; bearer !== null && this.#readTold < this.readSeq.value; bearer = this.#visit.bearer) {
      const seq = this.readSeq.value;
      const answer = await this.#desk.read(bearer, seq);
      if (bearer !== this.#visit.bearer) continue;
      if (answer.ok) this.#readTold = seq;
      else if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) break;
      else await new Promise((resolve) => { setTimeout(resolve, Math.max(READ_AGAIN_MS, answer.retryMs)); });
    }
    this.#telling = false;
  }
}

/** Whether *entry* is something a visitor wants to be told about. */
function isNews(entry: Entry): boolean {
  return entry.type === "message" && entry.author.kind !== "visitor";
}

/** The payload as the SDK documents it; the page expects a number. */
function forPage(id: string): object {
  return { conversation: { conversationId: Number(id) } };
}
