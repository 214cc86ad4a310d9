/**
 * The shapes that travel between the server and the browser, under short names.
 *
 * They are the server's own: `schema.d.ts` is written from its OpenAPI document by
 * `make docs`, so a change there is a type error here. Times are RFC 3339 in UTC and
 * stay text until something shows them.
 */

import type { components } from "./schema.d.ts";

type Schemas = components["schemas"];

/** How sure we are who the visitor is, lowest first. */
export type Evidence = Schemas["Evidence"];

/** Whether a conversation still needs somebody. */
export type Status = Schemas["ConversationOut"]["status"];

/** Who said or did something. */
export type Author = Schemas["AuthorOut"];

/** One line of a conversation: words, or a change of status. `seq` is gapless, from 1. */
export type Entry = Schemas["EntryOut"];

/** A conversation as agents see it, without its entries. */
export type Conversation = Schemas["ConversationOut"];

/** One earlier conversation, as the contact page lists it. */
export type ConversationSummary = Schemas["ContactConversation"];

/** A visitor the desk remembers. `conversations` comes only with a single contact. */
export type Contact = Schemas["ContactOut"] & { conversations?: ConversationSummary[] };

/** A person who answers chats. */
export type Agent = Schemas["Agent"];

/** Who is signed in to the agents' app, and where. */
export type AgentSession = Schemas["SignedIn"];

/** A page of a list; `next` is null on the last one. */
export interface Page<T> {
  results: T[];
  next: string | null;
}

/** The inbox list, with the feed position it was read at: follow the feed from there. */
export type ConversationPage = Schemas["ConversationsAnswer"];

/** A run of entries, with the newest `seq` there is. */
export type EntryPage = Schemas["EntriesAnswer"];

/** The answer to a posted message: the same for every repeat of its `clientMessageId`. */
export type Posted = Schemas["PostedAnswer"];

/** Something that happened in the inbox, in the order the server decided. */
export type FeedEvent = Schemas["EntryEvent"] | Schemas["ConversationEvent"];

/** A site at a glance: whether it is well, and the tokens of the last 24 hours. */
export type Site = Schemas["SiteShown"];

/** A site with its settings, and the file's where they are overridden. */
export type SiteDetails = Schemas["SiteDetails"];

/** A site's settings; a secret among them is `{ set: true }`. */
export type SiteSettings = Schemas["SettingsShown"];

/** A site's settings as they are sent; a secret that stays is `{ keep: true }`. */
export type SiteGiven = Schemas["SiteGiven"];

/** What a site has been doing, by the minute; a quiet minute is left out. */
export type SiteActivity = Schemas["ActivityShown"];

/** One line of the doctor's report on a site. */
export type Finding = Schemas["FindingShown"];

/** Why a proof is accepted or not, step by step. */
export type Explanation = Schemas["ExplanationShown"];

/** A chat platform that can be chosen, with what it wants to know. */
export type Platform = Schemas["PlatformShown"];

/** What reading the settings again did. */
export type Reload = Schemas["ReloadShown"];
