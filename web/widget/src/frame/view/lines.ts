/** Which lines the log shows: the greeting, days, authors, messages, notes. Pure, so that it can be tested. */

import type { Outgoing } from "@callingcard/kit/sync/outbox.ts";
import { greetingKey, greetingLength } from "../asking/asked.ts";
import type { Entry, Say } from "../protocol.ts";
import { dayOf, WORDS } from "../words.ts";

/** A line of the log. */
export type Line =
  | { readonly kind: "day" | "note" | "greeting"; readonly key: string; readonly text: string }
  | {
      readonly kind: "message";
      readonly key: string;
      readonly text: string;
      readonly mine: boolean;
          /** Shown above the first of several messages in a row. */
      readonly author: string | null;
      readonly at: string;
      readonly letter: Outgoing | null;
      readonly delivered: boolean;
    };

const PAUSE_MS = 5 * 60_000;

interface Item {
  readonly key: string;
  readonly at: string;
  readonly text: string;
  readonly author: string;
  readonly mine: boolean;
  readonly letter: Outgoing | null;
  readonly note: string | null;
}

/** Lay out the greeting, *entries*, and the *letters* on their way, as seen at *now*. */
export function linesOf(says: readonly Say[], entries: readonly Entry[], letters: readonly Outgoing[], now: Date): Line[] {
  const known = new Set(entries.map((entry) => entry.clientMessageId));
  const waiting = letters.filter((letter) => !known.has(letter.id));
  const greeted = greetingLength(entries);
  const greeting = greeted > 0 ? entries.slice(0, greeted) : says;
  const items = [...entries.slice(greeted).map(fromEntry), ...waiting.map(fromLetter)];
  const lastMine = items.findLast((item) => item.mine);
  const lines: Line[] = greeting.map(({ text }, index) => ({ kind: "greeting", key: greetingKey(index), text }));
  let before: Item | null = null;
  for (const item of items) {
    const day = dayOf(item.at, now);
    const newDay = before === null || dayOf(before.at, now) !== day;
    if (newDay) lines.push({ kind: "day", key: `day-${item.key}`, text: day });
    lines.push(lineOf(item, newDay ? null : before, lastMine));
    before = item;
  }
  return lines;
}

/** What was said in several conversations, in the order of time; each has its own order already. */
export function inOrder(merged: readonly Entry[], entries: readonly Entry[]): readonly Entry[] {
  if (merged.length === 0) return entries;
  return [...merged, ...entries].sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
}

function lineOf(item: Item, before: Item | null, lastMine: Item | undefined): Line {
  const { key, text, mine, at, letter, note } = item;
  if (note !== null) return { kind: "note", key, text: note };
  const follows = before?.note === null && before.author === item.author && before.mine === mine
    && Date.parse(at) - Date.parse(before.at) < PAUSE_MS;
  return { kind: "message", key, text, mine, at, letter, author: follows ? null : item.author, delivered: item === lastMine && letter === null };
}

function fromEntry(entry: Entry): Item {
  const { clientMessageId, id, createdAt, text, author } = entry;
  const note = entry.type === "status" ? noteOf(entry) : null;
  const mine = author.kind === "visitor";
  // The same key as the letter had: the bubble stays where it is when its echo arrives.
  return { key: clientMessageId ?? id, at: createdAt, text, author: nameOf(author), mine, letter: null, note };
}

function noteOf({ status, data }: Entry): string {
  if (data?.merge) return data.merge.undone === undefined ? WORDS.merged : WORDS.parted;
  return status === "closed" ? WORDS.closed : WORDS.reopened;
}

function fromLetter(letter: Outgoing): Item {
  return { key: letter.id, at: letter.at, text: letter.text, author: WORDS.you, mine: true, letter, note: null };
}

/** Who speaks, as visitors are told: a person by their name, and never a program by one. */
function nameOf({ kind, name }: Entry["author"]): string {
  return kind === "visitor" ? WORDS.you : kind === "bot" ? WORDS.bot : name;
}
