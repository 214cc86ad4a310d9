/**
 * The shapes that travel between the server and the browser.
 *
 * They name what the HTTP surface promises and nothing more: no behaviour, no defaults.
 * Times are RFC 3339 in UTC and stay text until something shows them.
 */

/** How sure we are who the visitor is, lowest first. */
export type Evidence = "anonymous" | "claimed" | "verified" | "signed";

/** Whether a conversation still needs somebody. */
export type Status = "open" | "closed";

/** Who said or did something. */
export interface Author {
  kind: "visitor" | "agent" | "system";
  id: string;
  name: string;
}

/** One line of a conversation: words, or a change of status. `seq` is gapless, from 1. */
export interface Entry {
  seq: number;
  id: string;
  type: "message" | "status";
  clientMessageId: string | null;
  author: Author;
  text: string;
  status: Status | null;
  createdAt: string;
}

/** A conversation as agents see it, without its entries. */
export interface Conversation {
  id: string;
  status: Status;
  evidence: Evidence;
  signedBy: string | null;
  signedUntil: string | null;
  visitor: { name: string; email: string | null };
  contactId: string | null;
  inbox: string;
  head: number;
  agentReadSeq: number;
  visitorReadSeq: number;
  unread: number;
  /** The oldest visitor message nobody has answered yet; null once answered or closed. */
  waitingSince: string | null;
  lastEntry: Entry | null;
  createdAt: string;
  updatedAt: string;
}

/** One earlier conversation, as the contact page lists it. */
export interface ConversationSummary {
  id: string;
  status: Status;
  lastText: string;
  updatedAt: string;
}

/** A visitor the desk remembers. `conversations` comes only with a single contact. */
export interface Contact {
  id: string;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  evidence: Evidence;
  properties: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
  conversations?: ConversationSummary[];
}

/** A person who answers chats. */
export interface Agent {
  id: string;
  email: string;
  name: string;
  role: string;
}

/** Who is signed in to the agents' app, and where. */
export interface AgentSession {
  agent: Agent;
  workspace: string;
}

/** A page of a list; `next` is null on the last one. */
export interface Page<T> {
  results: T[];
  next: string | null;
}

/** The inbox list, with the feed position it was read at: follow the feed from there. */
export interface ConversationPage extends Page<Conversation> {
  feed: number;
}

/** A run of entries, with the newest `seq` there is. */
export interface EntryPage {
  events: Entry[];
  head: number;
}

/** The answer to a posted message: the same for every repeat of its `clientMessageId`. */
export interface Posted {
  conversationId: string;
  seq: number;
  createdAt: string;
}

/** Something that happened in the inbox, in the order the server decided. */
export type FeedEvent =
  | { event: "entry"; feedSeq: number; conversationId: string; entry: Entry }
  | { event: "conversation"; feedSeq: number; conversation: Conversation };
