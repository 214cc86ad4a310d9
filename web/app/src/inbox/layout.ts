/**
 * How a thread is set on the page: which lines belong together, and where a day begins.
 *
 * Pure: entries in, blocks out.
 */
import type { Author, Entry } from "@callingcard/kit/api.ts";

import { daysBetween } from "../ui/time.ts";

/** One visual unit: a day's name, a change of status, or lines one person wrote in one go. */
export type Block =
  | { kind: "day"; key: string; at: string }
  | { kind: "status"; key: string; entry: Entry }
  | { kind: "group"; key: string; author: Author; entries: Entry[] };

const PAUSE_MS = 5 * 60_000;

/** Set *entries* (ordered) into blocks. */
export function blocks(entries: readonly Entry[]): Block[] {
  const set: Block[] = [];
  let before: Entry | null = null;
  for (const entry of entries) {
    const newDay = before === null || daysBetween(new Date(before.createdAt), new Date(entry.createdAt)) !== 0;
    if (newDay) set.push({ kind: "day", key: `day-${entry.seq}`, at: entry.createdAt });
    const last = set.at(-1);
    if (entry.type === "status") set.push({ kind: "status", key: entry.id, entry });
    else if (last?.kind === "group" && before && goesOn(before, entry)) last.entries.push(entry);
    else set.push({ kind: "group", key: entry.id, author: entry.author, entries: [entry] });
    before = entry;
  }
  return set;
}

/** The last thing this agent wrote, under which its delivery is told. */
export function lastOwn(entries: readonly Entry[], agentId: string): Entry | null {
  return entries.findLast((entry) => entry.type === "message" && isBy(entry, agentId)) ?? null;
}

/** Who changed the status, and to what: "Grace closed this conversation". */
export function statusWords(entry: Entry): string {
  const who = entry.author.kind === "system" ? "Callingcard" : entry.author.name || "The visitor";
  return `${who} ${entry.status === "closed" ? "closed" : "reopened"} this conversation`;
}

function isBy(entry: Entry, agentId: string): boolean {
  return entry.author.kind === "agent" && entry.author.id === agentId;
}

function goesOn(before: Entry, entry: Entry): boolean {
  const same = before.author.kind === entry.author.kind && before.author.id === entry.author.id;
  return same && Date.parse(entry.createdAt) - Date.parse(before.createdAt) < PAUSE_MS;
}
