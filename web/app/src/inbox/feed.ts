/**
 * What the inbox knows, and how each thing that happens changes it.
 *
 * Pure: every function takes what was known and returns what is known now. News may come
 * twice or late (a list read while the feed runs), so all of it can be applied again.
 *
 * Invariant: a conversation's `head` never goes back, and each thread is ordered by `seq`.
 */
import type { Conversation, Entry, Status } from "@callingcard/kit/api.ts";
import { insert } from "@callingcard/kit/sync/timeline.ts";

/** Every conversation heard of, and the entries of those that were opened. */
export interface Inbox {
  readonly conversations: ReadonlyMap<string, Conversation>;
  readonly threads: ReadonlyMap<string, readonly Entry[]>;
}

/** Which conversations a tab shows. */
export type Tab = Status | "all";

export const EMPTY: Inbox = { conversations: new Map(), threads: new Map() };

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

/** Everything up to *seq* was read by an agent; what came after stays unread. */
export function withRead(inbox: Inbox, id: string, seq: number): Inbox {
  const known = inbox.conversations.get(id);
  if (!known || seq <= known.agentReadSeq) return inbox;
  const unread = seq >= known.head ? 0 : known.unread;
  const conversations = new Map(inbox.conversations).set(id, { ...known, agentReadSeq: seq, unread });
  return { ...inbox, conversations };
}

/** True when entries are missing between those known and *entry*. */
export function leavesGap(inbox: Inbox, id: string, entry: Entry): boolean {
  const last = inbox.threads.get(id)?.at(-1);
  return last !== undefined && entry.seq > last.seq + 1;
}

/** The conversations of *tab* whose name, address or last line contain *words*, newest first. */
export function listed(inbox: Inbox, tab: Tab, words = ""): Conversation[] {
  const sought = words.trim().toLocaleLowerCase();
  return [...inbox.conversations.values()]
    .filter((one) => tab === "all" || one.status === tab)
    .filter((one) => sought === "" || wordsOf(one).includes(sought))
    .sort((a, b) => b.updatedAt.localeCompare(a.updatedAt) || b.id.localeCompare(a.id));
}

/** How many conversations hold something nobody has read. */
export function unreadCount(inbox: Inbox): number {
  return [...inbox.conversations.values()].filter((one) => one.unread > 0).length;
}

/** What to call a visitor who may have given no name. */
export function nameOf(conversation: Conversation): string {
  return conversation.visitor.name || conversation.visitor.email || "Visitor";
}

function wordsOf(one: Conversation): string {
  return [one.visitor.name, one.visitor.email, one.lastEntry?.text].join("\n").toLocaleLowerCase();
}

/** *fresh*, unless entries have come since it was read: then only its read marks and proof count. */
function newest(known: Conversation | undefined, fresh: Conversation): Conversation {
  if (!known) return fresh;
  const agentReadSeq = Math.max(known.agentReadSeq, fresh.agentReadSeq);
  const visitorReadSeq = Math.max(known.visitorReadSeq, fresh.visitorReadSeq);
  const latest = fresh.head >= known.head ? fresh : { ...fresh, ...activity(known) };
  const unread = agentReadSeq >= latest.head ? 0 : latest.unread;
  return { ...latest, agentReadSeq, visitorReadSeq, unread };
}

function activity(known: Conversation) {
  const { head, status, unread, waitingSince, lastEntry, updatedAt } = known;
  return { head, status, unread, waitingSince, lastEntry, updatedAt };
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
    unread: known.unread + (byVisitor ? 1 : 0),
    waitingSince: byVisitor ? (known.waitingSince ?? entry.createdAt) : waitingAfter(known, entry),
  };
}

/** An answer or a closing ends the wait; what the system says does not. */
function waitingAfter(known: Conversation, entry: Entry): string | null {
  const answered = entry.type === "message" && entry.author.kind === "agent";
  return answered || entry.status === "closed" ? null : known.waitingSince;
}
