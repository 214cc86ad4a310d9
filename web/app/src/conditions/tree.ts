/**
 * Conditions as the server keeps them, and as people put them together.
 *
 * People see groups ("all of these", "any of these", "none of these") of comparisons and
 * further groups. Every tree of the server can be seen so, and what is not touched is
 * left as it was written.
 */

/** What a comparison compares with. */
export type Value = string | number | boolean | readonly (string | number)[];

/** One comparison. */
export interface Leaf {
  property: string;
  operator: Operator;
  value?: Value;
}

/** A condition as it is kept. */
export type Condition = Leaf | { all: readonly Condition[] } | { any: readonly Condition[] } | { not: Condition };

/** How a property is compared. */
export type Operator =
  | "eq"
  | "neq"
  | "lt"
  | "lte"
  | "gt"
  | "gte"
  | "between"
  | "in"
  | "not_in"
  | "contains"
  | "starts_with"
  | "ends_with"
  | "is_known"
  | "is_unknown";

/** How many parts of a group have to hold. */
export type Mode = "all" | "any" | "none";

/** A part of a group, and where the server says it stands, such as `.all.0`. */
export interface Part {
  condition: Condition;
  path: string;
}

/** A group as people see it. */
export interface Group {
  mode: Mode;
  parts: Part[];
}

/** The deepest group that can be added here; the server reads some more. */
export const MAX_GROUPS = 4;

/** Whether *condition* is one comparison. */
export function isLeaf(condition: Condition): condition is Leaf {
  return "property" in condition;
}

/** See *condition* as a group; *path* is where it stands. */
export function groupOf(condition: Condition, path: string): Group {
  if ("not" in condition) {
    const { not } = condition;
    if (!("any" in not)) return { mode: "none", parts: [{ condition: not, path: `${path}.not` }] };
    return { mode: "none", parts: partsOf(not.any, `${path}.not.any`) };
  }
  if ("all" in condition) return { mode: "all", parts: partsOf(condition.all, `${path}.all`) };
  if ("any" in condition) return { mode: "any", parts: partsOf(condition.any, `${path}.any`) };
  return { mode: "all", parts: [{ condition, path }] };
}

function partsOf(conditions: readonly Condition[], path: string): Part[] {
  return conditions.map((condition, index) => ({ condition, path: `${path}.${index}` }));
}

/** Write a group down; null when nothing is left in it. At the top, a single comparison needs no group. */
export function conditionOf(mode: Mode, parts: readonly Condition[], { isTop }: { isTop: boolean }): Condition | null {
  const [first] = parts;
  if (!first) return null;
  if (mode === "none") return { not: { any: parts } };
  if (isTop && parts.length === 1 && isLeaf(first)) return first;
  return mode === "any" ? { any: parts } : { all: parts };
}

/** Every comparison of *condition*, in order. */
export function leavesOf(condition: Condition): Leaf[] {
  if (isLeaf(condition)) return [condition];
  if ("not" in condition) return leavesOf(condition.not);
  return ("all" in condition ? condition.all : condition.any).flatMap(leavesOf);
}
