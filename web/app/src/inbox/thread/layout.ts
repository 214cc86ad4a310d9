/**
 * How a thread is set on the page: which lines belong together, where a day begins, and where
 * what only agents see stands between them.
 *
 * Pure: entries and notes in, blocks out.
 */
import type { Author } from "@callingcard/kit/api.ts";

import { daysBetween } from "../../ui/time.ts";
import type { Conversation, Entry, Note } from "../types.ts";

/** One visual unit: a day's name, an event, a note, or lines one person wrote in one go. */
export type Block =
  | { kind: "day"; key: string; at: string }
  | { kind: "status"; key: string; entry: Entry }
  | { kind: "handing"; key: string; note: Note }
  | { kind: "note"; key: string; note: Note }
  | { kind: "group"; key: string; author: Author; entries: Entry[] };

/** The place of a whole conversation that goes on in this one. */
export interface MergedBlock {
  kind: "merged";
  key: string;
  one: Conversation;
}

type Item = { at: string; entry: Entry } | { at: string; note: Note };

const PAUSE_MS = 5 * 60_000;

/** Set *entries* and *notes* (each in their order) into blocks. */
export function blocks(entries: readonly Entry[], notes: readonly Note[] = []): Block[] {
  const set: Block[] = [];
  let before: Item | null = null;
  for (const item of inOrder(entries, notes)) {
    const newDay = before === null || daysBetween(new Date(before.at), new Date(item.at)) !== 0;
    if (newDay) set.push({ kind: "day", key: `day-${keyOf(item)}`, at: item.at });
    place(set, item);
    before = item;
  }
  return set;
}

/** Set each of *merged* among the blocks where it began, so that the page is read in the order of time. */
export function among(set: readonly Block[], merged: readonly Conversation[]): (Block | MergedBlock)[] {
  const all: (Block | MergedBlock)[] = [...set];
  for (const one of merged) {
    const next = all.findIndex((block) => atOf(block) > one.createdAt);
    all.splice(next < 0 ? all.length : next, 0, { kind: "merged", key: one.id, one });
  }
  return all;
}

function atOf(block: Block | MergedBlock): string {
  switch (block.kind) {
    case "day":
      return block.at;
    case "merged":
      return block.one.createdAt;
    case "group":
      return block.entries[0]?.createdAt ?? "";
    case "status":
      return block.entry.createdAt;
    default:
      return block.note.createdAt;
  }
}

/** The last thing this agent wrote, under which its delivery is told. */
export function lastOwn(entries: readonly Entry[], agentId: string): Entry | null {
  return entries.findLast((entry) => entry.type === "message" && isBy(entry, agentId)) ?? null;
}

/** Notes stand behind the entry they came after; those of entries not read yet wait for them. */
function inOrder(entries: readonly Entry[], notes: readonly Note[]): Item[] {
  const first = entries[0]?.seq ?? 1;
  const shown = notes.filter((note) => first <= 1 || note.afterSeq >= first);
  const items: Item[] = [];
  let next = 0;
  const notesBefore = (seq: number): void => {
    for (let note = shown[next]; note && note.afterSeq < seq; note = shown[next]) {
      items.push({ at: note.createdAt, note });
      next += 1;
    }
  };
  for (const entry of entries) {
    notesBefore(entry.seq);
    items.push({ at: entry.createdAt, entry });
  }
  notesBefore(Number.POSITIVE_INFINITY);
  return items;
}

function place(set: Block[], item: Item): void {
  const key = keyOf(item);
  if ("note" in item) {
    set.push({ kind: item.note.kind === "comment" ? "note" : "handing", key, note: item.note });
    return;
  }
  const { entry } = item;
  const last = set.at(-1);
  if (entry.type === "status") set.push({ kind: "status", key, entry });
  else if (last?.kind === "group" && goesOn(last.entries.at(-1), entry)) last.entries.push(entry);
  else set.push({ kind: "group", key, author: entry.author, entries: [entry] });
}

function keyOf(item: Item): string {
  return "note" in item ? item.note.id : item.entry.id;
}

function isBy(entry: Entry, agentId: string): boolean {
  return entry.author.kind === "agent" && entry.author.id === agentId;
}

function goesOn(before: Entry | undefined, entry: Entry): boolean {
  if (!before) return false;
  const same = before.author.kind === entry.author.kind && before.author.id === entry.author.id;
  return same && Date.parse(entry.createdAt) - Date.parse(before.createdAt) < PAUSE_MS;
}
