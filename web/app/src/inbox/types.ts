/** What the server tells agents about conversations, under short names. */
import type { components } from "@callingcard/kit/schema.d.ts";

type Schemas = components["schemas"];

/** A way to look at the inbox; the server counts what is in each. */
export type View = Schemas["View"];

/** A conversation as agents see it, without its entries. */
export type Conversation = Schemas["ConversationOut"];

/** What a chatflow shows beside its text, or what the visitor chose. */
export interface EntryData {
  options?: readonly { label: string; value: string }[];
  form?: { fields: readonly { name: string; label: string }[] };
  answer?: { value?: string; values?: Readonly<Record<string, string>> };
  /** The other conversation of a merge: in which this one goes on, which goes on in it, or no longer. */
  merge?: { into?: string; from?: string; undone?: string };
}

/** One line of a conversation. */
export type Entry = Schemas["EntryOut"];

/** What only agents see of a conversation: a comment, or who was given it. */
export type Note = Schemas["NoteOut"];

/** Somebody types in a conversation, or looks at it, now. */
export type Sign = Schemas["SignOut"];

/** A conversation that was found, and the line with the words; neither line when it is the name. */
export type Hit = Schemas["HitOut"];

/** A colleague, and whether they take conversations. */
export type Colleague = Schemas["ColleagueOut"];

/** Whom a conversation can be handed to. */
export type Colleagues = Schemas["ColleaguesAnswer"];

/** One comparison of a rule, and whether it held; null is unknown. */
export interface Leaf {
  property: string;
  operator: string;
  value: unknown;
  holds: boolean | null;
}

/** What one routing rule said. */
export interface RuleSaid {
  rule: string;
  matched: boolean;
  leaves: readonly Leaf[];
}

/** One step of a conversation's way to an agent, and why. */
export type Decision = Omit<Schemas["DecisionOut"], "trace"> & { trace: readonly RuleSaid[] };

/** Why a conversation is where it is, oldest step first, and its place in the queue. */
export interface Routing {
  position: number | null;
  decisions: readonly Decision[];
}

/** Something that happened in the inbox, in the order the server decided. */
export type FeedEvent =
  | Schemas["EntryEvent"]
  | Schemas["ConversationEvent"]
  | Schemas["NoteEvent"]
  | Schemas["GoneEvent"];

/** A page of the list, with the feed position it was read at. */
export type ConversationPage = Schemas["ConversationsAnswer"];
