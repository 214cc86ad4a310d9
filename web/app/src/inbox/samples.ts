/** Conversations and entries for tests: complete, plain, and changed where a test cares. */
import type { Conversation, Entry, Note } from "./types.ts";

/** An entry by the visitor, unless *changes* says otherwise. */
export function entry(seq: number, changes: Partial<Entry> = {}): Entry {
  return {
    seq,
    id: `m_${seq}`,
    type: "message",
    clientMessageId: null,
    author: { kind: "visitor", id: "v1", name: "Ada" },
    text: `line ${seq}`,
    status: null,
    createdAt: at(seq),
    ...changes,
  };
}

/** An open conversation with nothing in it yet. */
export function conversation(id: string, changes: Partial<Conversation> = {}): Conversation {
  return {
    id,
    status: "open",
    evidence: "anonymous",
    signedBy: null,
    signedUntil: null,
    visitor: { name: id, email: null },
    contactId: null,
    inbox: "web",
    head: 0,
    agentReadSeq: 0,
    visitorReadSeq: 0,
    unread: 0,
    waitingSince: null,
    assignedTo: null,
    team: null,
    queuedAt: null,
    priority: "normal",
    archived: false,
    mergedInto: null,
    mergedAt: null,
    lastEntry: null,
    createdAt: at(0),
    updatedAt: at(0),
    ...changes,
  };
}

/** A colleague's comment behind entry *afterSeq*. */
export function note(id: string, afterSeq: number, changes: Partial<Note> = {}): Note {
  return {
    id,
    kind: "comment",
    author: GRACE,
    text: `note ${id}`,
    afterSeq,
    assignedFrom: null,
    assignedTo: null,
    createdAt: at(afterSeq),
    ...changes,
  };
}

/** A moment *minutes* into the day on which all samples happen. */
export function at(minutes: number): string {
  return new Date(Date.UTC(2026, 10, 21, 9, minutes)).toISOString();
}

/** The author of an agent's entry. */
export const GRACE = { kind: "agent", id: "a1", name: "Grace" } as const;
