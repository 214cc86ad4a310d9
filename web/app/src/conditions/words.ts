/** Conditions in plain words: operators, sentences, and what a trial says of each part. Pure. */
import { findProperty, propertyWords, type Kind, type Property } from "./properties.ts";
import { groupOf, isLeaf, type Condition, type Leaf, type Mode, type Operator, type Value } from "./tree.ts";

/** Each operator in words that stand between a property and a value. */
export const OPERATORS: Readonly<Record<Operator, string>> = {
  eq: "is",
  neq: "is not",
  lt: "is less than",
  lte: "is at most",
  gt: "is more than",
  gte: "is at least",
  between: "is between",
  in: "is one of",
  not_in: "is none of",
  contains: "contains",
  starts_with: "begins with",
  ends_with: "ends with",
  is_known: "is known",
  is_unknown: "is not known",
};

const DATES: Partial<Record<Operator, string>> = {
  lt: "is before",
  lte: "is on or before",
  gt: "is after",
  gte: "is on or after",
};

const KNOWN: readonly Operator[] = ["is_known", "is_unknown"];
const LISTS: readonly Operator[] = ["in", "not_in"];
const ORDER: readonly Operator[] = ["eq", "neq", "gt", "gte", "lt", "lte", "between"];

/** The operators that make sense for a property of each type. */
const FITTING: Readonly<Record<Kind, readonly Operator[]>> = {
  string: ["eq", "neq", "contains", "starts_with", "ends_with", "in", "not_in", ...KNOWN],
  number: [...ORDER, "in", "not_in", ...KNOWN],
  bool: ["eq", ...KNOWN],
  enum: ["eq", "neq", "in", "not_in", ...KNOWN],
  date: [...ORDER, ...KNOWN],
};

/** How many parts of a group have to hold. */
export const MODES: Readonly<Record<Mode, string>> = { all: "All", any: "Any", none: "None" };

/** *operator* in words, for a property of *kind*. */
export function operatorWords(operator: Operator, kind: Kind): string {
  return (kind === "date" && DATES[operator]) || OPERATORS[operator];
}

/** The operators to choose from; one that was chosen elsewhere stays. */
export function operatorsFor(kind: Kind, chosen: Operator): readonly Operator[] {
  const fitting = FITTING[kind];
  return fitting.includes(chosen) ? fitting : [...fitting, chosen];
}

/** What a new comparison of a property of *kind* begins with. */
export function emptyLeaf(property: string, kind: Kind, options: readonly string[] = []): Leaf {
  if (kind === "bool") return { property, operator: "eq", value: true };
  return { property, operator: "eq", value: kind === "enum" ? (options[0] ?? "") : "" };
}

/** *leaf* with another operator, and what of its value still fits. */
export function withOperator({ property, value }: Leaf, operator: Operator): Leaf {
  if (KNOWN.includes(operator)) return { property, operator };
  const items = Array.isArray(value) ? (value as readonly (string | number)[]) : null;
  const single = items ? items[0] : (value as string | number | boolean | undefined);
  if (operator === "between") return { property, operator, value: items?.length === 2 ? items : [plain(single), ""] };
  if (!LISTS.includes(operator)) return { property, operator, value: single ?? "" };
  return { property, operator, value: items ?? [plain(single)].filter((one) => one !== "") };
}

function plain(value: string | number | boolean | undefined): string | number {
  return typeof value === "boolean" ? String(value) : (value ?? "");
}

/** What was typed as a value for a property of *kind*: a number where it says one. */
export function readValue(text: string, kind: Kind): string | number {
  const number = Number(text);
  // "1." and "1.0" are on the way to a number: they stay as typed, and the server reads them.
  return kind === "number" && String(number) === text && Number.isFinite(number) ? number : text;
}

/** What was typed as a list, with commas between. */
export function readList(text: string, kind: Kind): (string | number)[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean)
    .map((one) => readValue(one, kind));
}

/** *value* as people read it. */
export function valueWords(value: Value | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "number") return value.toLocaleString();
  if (typeof value === "string") return `“${value}”`;
  return value.map((one) => valueWords(one)).join(", ");
}

/** One comparison in words. */
export function leafWords(leaf: Leaf, properties: readonly Property[]): string {
  const found = findProperty(leaf.property, properties);
  const kind = found?.kind ?? "string";
  const words = propertyWords(leaf.property, properties);
  if (kind === "bool" && leaf.operator === "eq") return leaf.value === true ? words : `not: ${words}`;
  const operator = operatorWords(leaf.operator, kind);
  if (KNOWN.includes(leaf.operator)) return `${words} ${operator}`;
  const { value } = leaf;
  if (leaf.operator === "between" && Array.isArray(value)) {
    const [low, high] = value as readonly (string | number)[];
    return `${words} is between ${valueWords(low)} and ${valueWords(high)}`;
  }
  return `${words} ${operator} ${valueWords(value)}`;
}

/** A condition in one sentence, without its full stop. */
export function conditionWords(condition: Condition, properties: readonly Property[]): string {
  if (isLeaf(condition)) return leafWords(condition, properties);
  const { mode, parts } = groupOf(condition, "");
  const said = parts.map(({ condition: part }) => {
    const words = conditionWords(part, properties);
    return isLeaf(part) ? words : `(${words})`;
  });
  if (mode === "none") return `none of: ${said.join("; ")}`;
  return said.join(mode === "all" ? " and " : " or ");
}

/** What a trial says of one comparison. */
export interface SaidLeaf extends Leaf {
  holds: boolean | null;
  /** What was found, where the trial tells it; null is nothing. */
  found?: unknown;
}

/** What a trial says of one comparison, in words: whether it holds, and what was found instead. */
export function saidWords(said: SaidLeaf, properties: readonly Property[]): string {
  const { found, holds } = said;
  const asked = leafWords(said, properties);
  if (holds === null) return found === undefined || found === null ? `${asked}: not known` : `${asked}: cannot be compared`;
  const instead =
    !holds && (typeof found === "string" || typeof found === "number" || typeof found === "boolean")
      ? `, it is ${valueWords(found)}`
      : "";
  return `${asked}: ${holds ? "yes" : "no"}${instead}`;
}
