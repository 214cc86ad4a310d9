/** What the bot waits for, found in the log. Pure, so that it can be tested. */

import type { Outgoing } from "@callingcard/kit/sync/outbox.ts";
import type { Asks, Entry, Field, Form, Say } from "../protocol.ts";

/** What is asked now, and the key of the line that asks it. */
export interface Asked extends Asks {
  readonly key: string;
}

/** How many lines at the beginning were said before the visitor wrote: the greeting, kept. */
export function greetingLength(entries: readonly Entry[]): number {
  const first = entries.findIndex(({ author, type }) => author.kind !== "bot" || type !== "message");
  return first < 0 ? entries.length : first;
}

/** The key of the greeting's line number *index*: the same before and after it is in the log. */
export function greetingKey(index: number): string {
  return `greeting-${index}`;
}

/** Find what the visitor is asked: the newest line says it, unless an answer is on its way. */
export function askedNow(entries: readonly Entry[], letters: readonly Outgoing[], says: readonly Say[]): Asked | null {
  if (letters.some(({ state }) => state !== "failed")) return null;
  const last = entries.at(-1);
  if (!last) {
    const data = says.at(-1)?.data;
    return data ? { ...data, key: greetingKey(says.length - 1) } : null;
  }
  if (last.author.kind !== "bot" || !last.data) return null;
  const at = entries.length - 1;
  return { ...last.data, key: at < greetingLength(entries) ? greetingKey(at) : last.id };
}

/** What a visitor has filled in so far, by the names of the fields. */
export type Values = Readonly<Record<string, string>>;

/** What each field of *form* shows first: what was typed before, or what is known. */
export function valuesOf(form: Form, typed: Values): Values {
  return Object.fromEntries(form.fields.map(({ name, value }) => [name, typed[name] ?? (value === undefined ? "" : String(value))]));
}

const WRONG: Readonly<Record<Field["type"], string>> = {
  string: "Check this, please.",
  email: "This does not look like an e-mail address. Check it, please.",
  number: "Give a number, such as 12 or 12.5.",
  bool: "Choose yes or no.",
  enum: "Choose one of these.",
  date: "Give a date.",
};
const SHAPES: Partial<Record<Field["type"], RegExp>> = {
  email: /^[^\s@]+@[^\s@]+$/,
  number: /^[+-]?[\d ]+(\.\d+)?$/,
};

/** What is wrong with *text* as an answer to *field*; nothing when it is fine. */
export function faultOf(field: Field, text: string): string {
  const said = text.trim();
  if (said === "") return field.required ? "Fill this in, please." : "";
  const shape = SHAPES[field.type];
  return shape && !shape.test(said) ? WRONG[field.type] : "";
}

/** What the desk found wrong in *field*, for which *text* was given. */
export function refusalOf(field: Field, text: string): string {
  return faultOf(field, text) || WRONG[field.type];
}

/** The answers in words, as the conversation shows them. */
export function wordsOf(form: Form, values: Values): string {
  const said = form.fields.flatMap((field) => {
    const text = values[field.name]?.trim() ?? "";
    return text ? [`${field.label}: ${field.type === "bool" ? yesOrNo(text) : text}`] : [];
  });
  return said.join("\n") || "Left empty";
}

function yesOrNo(text: string): string {
  return text === "true" ? "Yes" : "No";
}
