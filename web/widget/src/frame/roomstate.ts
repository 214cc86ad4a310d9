/** What is on the visitor's screen: signals that the views draw, and what follows from them. */

import { computed, signal } from "@preact/signals";
import type { Outgoing } from "@callingcard/kit/sync/outbox.ts";
import type { LinkState } from "@callingcard/kit/sync/reader.ts";
import type { Look } from "../wire.ts";
import { askedNow, type Values } from "./asking/asked.ts";
import { proven } from "./person/visit.ts";
import type { Entry, Live, Place, Say, Session } from "./protocol.ts";

/** What fills the panel: the conversation, the list of them, or the form that proves an address. */
export type Screen = "chat" | "past" | "confirm";

const QUIET: Live = { conversationId: null, typing: [], agentReadSeq: 0, queue: null, merged: [] };
const CORNER: Look = { inline: false, focus: true, newThread: true };

/** The state of the frame; `Room` changes it. */
export class RoomState {
  readonly session = signal<Session | null>(null);
  readonly entries = signal<readonly Entry[]>([]);
  readonly letters = signal<readonly Outgoing[]>([]);
  readonly live = signal<Live>(QUIET);
  readonly readSeq = signal(0);
  readonly link = signal<LinkState>("live");
  readonly open = signal(false);
  readonly full = signal(false);
  readonly look = signal<Look>(CORNER);
  readonly screen = signal<Screen>("chat");
  readonly draft = signal("");
  /** What was typed into forms, by their step. */
  readonly filled = signal<Readonly<Record<string, Values>>>({});
  readonly unread = computed(() => this.entries.value.filter((entry) => isNews(entry) && entry.seq > this.readSeq.value).length);
  readonly closed = computed(() => this.entries.value.findLast(({ type }) => type === "status")?.status === "closed");
  /** Whether there was something in the conversation when it came on the screen. */
  readonly begun = signal(false);
  /** How the chat begins; the list is empty while that is not known. */
  readonly greeting = computed((): readonly Say[] => {
    const session = this.session.value;
    if (!session) return [];
    const { says, welcome } = session.chatflow;
    // What a chatflow would ask today is no part of a conversation that began long ago.
    return this.begun.value ? [{ text: welcome, data: null }] : says;
  });
  readonly asked = computed(() => (this.closed.value ? null : askedNow(this.entries.value, this.letters.value, this.greeting.value)));
  /** Whether this visitor may write at all. */
  readonly silenced = computed(() => {
    const session = this.session.value;
    return session !== null && session.inbox.refusesUnproven && !proven(session);
  });
  /** Whether there is nothing here for this visitor on this page; a conversation that goes on is something. */
  readonly hidden = computed(() => {
    const session = this.session.value;
    const wanted = this.open.value && !this.look.value.inline; // inline it is open of itself
    if (!session || session.chatflow.fits || wanted) return false;
    const begun = this.entries.value.length + this.letters.value.length + (session.conversation?.head ?? 0) > 0;
    return !begun || this.closed.value;
  });

  /** What is on the screen now is the beginning of *place*; null is nowhere yet. */
  protected clear(place: Place | null): void {
    this.entries.value = [];
    this.live.value = QUIET;
    this.filled.value = {};
    this.begun.value = (place?.head ?? 0) > 0;
    this.readSeq.value = place?.readSeq ?? 0;
  }
}

/** Whether *entry* is something a visitor wants to be told about. */
function isNews(entry: Entry): boolean {
  return entry.type === "message" && entry.author.kind !== "visitor";
}
