/** What happened in a conversation, in words. Pure. */
import type { Author } from "@callingcard/kit/api.ts";

import type { Entry, EntryData, Note } from "../types.ts";

/** Who changed the status, and to what: "Grace closed this conversation". */
export function statusWords(entry: Entry): string {
  const { merge } = dataOf(entry);
  if (merge) return `${whoOf(entry.author)} ${mergeWords(merge)}`;
  return `${whoOf(entry.author)} ${entry.status === "closed" ? "closed" : "reopened"} this conversation`;
}

function mergeWords(merge: NonNullable<EntryData["merge"]>): string {
  if (merge.into !== undefined) return "merged this conversation into another one";
  return merge.from === undefined ? "undid a merge of this conversation" : "merged another conversation into this one";
}

/** An entry as one line, for lists. */
export function lineOf(entry: Entry | null): string {
  if (!entry) return "No messages yet";
  if (entry.type === "status") return statusWords(entry);
  return entry.text || answerLines(entry).map(([, text]) => text).join(", ");
}

/** Who was given the conversation, and by whom; *name* calls an agent by id, *own* is the reader. */
export function handingWords(note: Note, name: (id: string) => string, own: string): string {
  const by = note.author.kind === "agent" && note.author.id === own ? "You" : whoOf(note.author);
  const { assignedFrom, assignedTo, author } = note;
  if (assignedTo === null) {
    if (assignedFrom === author.id) return `${by} let go of this conversation`;
    return `${by} took this conversation off ${assignedFrom === null ? "somebody" : name(assignedFrom)}`;
  }
  if (assignedTo === author.id) return `${by} took this conversation`;
  const from = assignedFrom === null ? "" : `, from ${name(assignedFrom)}`;
  return `${by} gave this conversation to ${name(assignedTo)}${from}`;
}

/** What the visitor filled in or chose, as names and values; empty where words say it already. */
export function answerLines(entry: Entry): [string, string][] {
  const values = dataOf(entry).answer?.values;
  return values ? Object.entries(values).map(([name, text]) => [propertyName(name), text]) : [];
}

/** What a chatflow offered or asked for beside its text, as one sentence; "" for nothing. */
export function offerWords(entry: Entry): string {
  const { options, form } = dataOf(entry);
  if (options && options.length > 0) return `Offered: ${options.map((one) => one.label).join(" · ")}`;
  if (form) return `Asked for: ${form.fields.map((one) => one.label || propertyName(one.name)).join(", ")}`;
  return "";
}

/** Whether the visitor pressed a button instead of writing. */
export function isChosen(entry: Entry): boolean {
  return dataOf(entry).answer?.value !== undefined;
}

/** Whether the line only says that conversations were merged, or parted. */
export function isMerge(entry: Entry): boolean {
  return dataOf(entry).merge !== undefined;
}

/** "contact.lifecyclestage" as people say it: "lifecyclestage". */
export function propertyName(name: string): string {
  return name.replace(/^(contact|company|deal)\./, "").replaceAll("_", " ");
}

function dataOf(entry: Entry): EntryData {
  return entry.data ?? {};
}

function whoOf(author: Author): string {
  if (author.kind === "system") return author.id === "routing" ? "Routing" : "Callingcard";
  return author.name || (author.kind === "visitor" ? "The visitor" : "A colleague");
}
