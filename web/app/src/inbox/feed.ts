/**
 * What the inbox knows, and how each thing that happens changes it.
 *
 * Pure: every function takes what was known and returns what is known now. News may come
 * twice or late (a list read while the feed runs), so all of it can be applied again.
 *
 * Invariant: a conversation's `head` never goes back, and each thread is ordered by `seq`.
 */
import { insert } from "@callingcard/kit/sync/timeline.ts";

import type { Conversation, Entry, Note, View } from "./types.ts";

/** Every conversation heard of, and the entries and notes of those that were opened. */
export interface Inbox {
  readonly conversations: ReadonlyMap<string, Conversation>;
  readonly threads: ReadonlyMap<string, readonly Entry[]>;
  readonly notes: ReadonlyMap<string, readonly Note[]>;
}

/** Who looks: their id, and the teams they are in. */
export interface Reader {
  readonly id: string;
  readonly teams: ReadonlySet<string>;
}

export const EMPTY: Inbox = { conversations: new Map(), threads: new Map(), notes: new Map() };

/** Take in what the server says about conversations: a page of the list, or one that changed. */
export function withConversations(inbox: Inbox, fresh: readonly Conversation[]): Inbox {
  const conversations = new Map(inbox.conversations);
  for (const one of fresh) conversations.set(one.id, newest(conversations.get(one.id), one));
  return { ...inbox, conversations };
}

/** Take in one entry: its thread grows if it is open, and its conversation comes up to date. */
export function withEntry(inbox: Inbox, id: string, entry: Entry): Inbox {
  const known = inbox.conversations.get(id);
  const grown = inbox.threads.has(id) ? withEntries(inbox, id, [entry]) : inbox;
  if (!known || entry.seq <= known.head) return grown;
  const conversations = new Map(inbox.conversations).set(id, after(known, entry));
  return { ...grown, conversations };
}

/** Take in entries of an opened thread, wherever they belong; opens it when it was not. */
export function withEntries(inbox: Inbox, id: string, entries: readonly Entry[]): Inbox {
  const known = inbox.threads.get(id);
  const thread = entries.reduce((all, entry) => insert(all, entry), known ?? []);
  return thread === known ? inbox : { ...inbox, threads: new Map(inbox.threads).set(id, thread) };
}

/** Take in notes of an opened thread, each once, oldest first; opens it when it was not. */
export function withNotes(inbox: Inbox, id: string, fresh: readonly Note[]): Inbox {
  const known = inbox.notes.get(id) ?? [];
  const unknown = fresh.filter((note) => !known.some((one) => one.id === note.id));
  const notes = [...known, ...unknown].sort((a, b) => a.afterSeq - b.afterSeq || a.createdAt.localeCompare(b.createdAt));
  return { ...inbox, notes: new Map(inbox.notes).set(id, notes) };
}

/** Everything up to *seq* was read by an agent; what came after stays unread. */
export function withRead(inbox: Inbox, id: string, seq: number): Inbox {
  const known = inbox.conversations.get(id);
  if (!known || seq <= known.agentReadSeq) return inbox;
  const unread = seq >= known.head ? 0 : known.unread;
  const conversations = new Map(inbox.conversations).set(id, { ...known, agentReadSeq: seq, unread });
  return { ...inbox, conversations };
}

/** Forget a conversation that is no more. */
export function without(inbox: Inbox, id: string): Inbox {
  const rest = <T>(all: ReadonlyMap<string, T>): Map<string, T> => new Map([...all].filter(([one]) => one !== id));
  return { conversations: rest(inbox.conversations), threads: rest(inbox.threads), notes: rest(inbox.notes) };
}

/** True when entries are missing between those known and *entry*. */
export function leavesGap(inbox: Inbox, id: string, entry: Entry): boolean {
  const last = inbox.threads.get(id)?.at(-1);
  return last !== undefined && entry.seq > last.seq + 1;
}

/** The conversations that *reader* sees in *view*, newest first. */
export function listed(inbox: Inbox, view: View, reader: Reader): Conversation[] {
  return [...inbox.conversations.values()]
    .filter((one) => !one.archived && isIn(one, view, reader))
    .sort((a, b) => b.updatedAt.localeCompare(a.updatedAt) || b.id.localeCompare(a.id));
}

/** What goes on in conversation *id*, through as many merges, the oldest first. */
export function mergedInto(inbox: Inbox, id: string): Conversation[] {
  const direct = [...inbox.conversations.values()].filter((one) => one.mergedInto === id);
  return direct
    .flatMap((one) => [one, ...mergedInto(inbox, one.id)])
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id));
}

/** Whether *one* belongs to *view*; the server counts by the same rules. */
function isIn(one: Conversation, view: View, reader: Reader): boolean {
  if (view === "closed") return one.status === "closed";
  if (one.status === "closed") return false;
  if (view === "mine") return one.assignedTo === reader.id;
  if (view === "team") return one.team !== null && reader.teams.has(one.team);
  if (view === "unassigned") return one.assignedTo === null;
  return view === "waiting" ? one.waitingSince !== null : true;
}

/** How many conversations hold something nobody has read. */
export function unreadCount(inbox: Inbox): number {
  return [...inbox.conversations.values()].filter((one) => one.unread > 0).length;
}

/** What to call a visitor who may have given no name. */
export function nameOf(conversation: Conversation): string {
  return conversation.visitor.name || conversation.visitor.email || "Visitor";
}

/** *fresh*, unless entries have come since it was read: then only its read marks and proof count. */
function newest(known: Conversation | undefined, fresh: Conversation): Conversation {
  if (!known) return fresh;
  const agentReadSeq = Math.max(known.agentReadSeq, fresh.agentReadSeq);
  const visitorReadSeq = Math.max(known.visitorReadSeq, fresh.visitorReadSeq);
  const spoken = fresh.head >= known.head ? fresh : { ...fresh, ...activity(known) };
  const latest = fresh.updatedAt >= known.updatedAt ? spoken : { ...spoken, ...handing(known) };
  const unread = agentReadSeq >= latest.head ? 0 : latest.unread;
  return { ...latest, agentReadSeq, visitorReadSeq, unread };
}

function activity(known: Conversation) {
  const { head, status, unread, waitingSince, lastEntry, updatedAt } = known;
  return { head, status, unread, waitingSince, lastEntry, updatedAt };
}

/** Whose it is, and where it goes on: a change of that has no number, only a time. */
function handing(known: Conversation) {
  const { assignedTo, team, queuedAt, priority, mergedInto, mergedAt, updatedAt } = known;
  return { assignedTo, team, queuedAt, priority, mergedInto, mergedAt, updatedAt };
}

/** *known* once *entry* has been added to it. */
function after(known: Conversation, entry: Entry): Conversation {
  const byVisitor = entry.type === "message" && entry.author.kind === "visitor";
  return {
    ...known,
    head: entry.seq,
    lastEntry: entry,
    updatedAt: entry.createdAt,
    status: entry.status ?? known.status,
    queuedAt: entry.status === "closed" ? null : known.queuedAt,
    unread: known.unread + (byVisitor ? 1 : 0),
    waitingSince: byVisitor ? (known.waitingSince ?? entry.createdAt) : waitingAfter(known, entry),
  };
}

/** An answer or a closing ends the wait; what the system says does not. */
function waitingAfter(known: Conversation, entry: Entry): string | null {
  const answered = entry.type === "message" && entry.author.kind === "agent";
  return answered || entry.status === "closed" ? null : known.waitingSince;
}
