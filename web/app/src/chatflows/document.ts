/**
 * A chatflow's document, and how its steps are added, named, moved and taken out.
 *
 * Pure: each change makes a new document. What is not understood here is kept as it is.
 */
import type { Condition } from "../conditions/tree.ts";

/** A button of a question; a text is its label and its value. */
export type Option = string | { label: string; value?: string; next?: string };

/** A property that a form asks for. */
export interface FormField {
  property: string;
  label?: string;
  required?: boolean;
}

/** A way out of a branch. */
export interface Case {
  when: Condition;
  next?: string;
}

interface OnlyNext {
  next?: string;
}
interface OrElse extends OnlyNext {
  else?: string;
}
interface OrError extends OnlyNext {
  on_error?: string;
}

/** What each type of step says. */
interface Members {
  message: OnlyNext & { text: string };
  question: OrElse & { text: string; options?: readonly Option[]; save_to?: string; skip_known?: boolean };
  form: OrElse & { text?: string; fields: readonly FormField[]; prefill?: boolean; skip_known?: boolean };
  branch: { cases: readonly Case[]; else?: string };
  function: OrError & { name: string; arguments?: Readonly<Record<string, string>> };
  webhook: OrError & { url: string; payload?: string };
  wait: OnlyNext & { for: string };
  route: { text?: string; team?: string };
  end: { text?: string; close?: boolean };
}

/** The types of steps. */
export type StepType = keyof Members;
/** A step of one type. */
export type StepOf<T extends StepType> = { type: T } & Members[T];
/** A step of any type. */
export type Step = { [T in StepType]: StepOf<T> }[StepType];

/** A chatflow as it is kept. */
export interface Flow {
  name: string;
  enabled?: boolean;
  inbox?: string;
  identification?: "optional" | "required";
  priority?: number;
  target?: Condition;
  hours?: string;
  welcome?: string;
  start?: string;
  steps?: Readonly<Record<string, Step>>;
}

/** What a new step of each type begins with. */
const BLANK: Readonly<{ [T in StepType]: StepOf<T> }> = {
  message: { type: "message", text: "" },
  question: { type: "question", text: "" },
  form: { type: "form", fields: [{ property: "contact.email", required: true }] },
  branch: { type: "branch", cases: [{ when: { property: "", operator: "eq", value: "" } }] },
  function: { type: "function", name: "" },
  webhook: { type: "webhook", url: "https://" },
  wait: { type: "wait", for: "30s" },
  route: { type: "route" },
  end: { type: "end" },
};

/** The types, in the order in which they are offered. */
export const STEP_TYPES = Object.keys(BLANK) as StepType[];

/** The members that name a step to go on with, in a step and in its options and cases. */
const WAYS = ["next", "else", "on_error"] as const;

/** The names of the steps of *flow*, in their order. */
export function stepNames(flow: Flow): string[] {
  return Object.keys(flow.steps ?? {});
}

/** *value* with *changes*; what is undefined is left out, as in a document that never had it. */
export function changed<T extends object>(value: T, changes: { [Name in keyof T]?: T[Name] | undefined }): T {
  return Object.fromEntries(Object.entries({ ...value, ...changes }).filter(([, one]) => one !== undefined)) as T;
}

/** *flow* with another step in the place of *name*. */
export function withStep(flow: Flow, name: string, step: Step): Flow {
  return { ...flow, steps: { ...flow.steps, [name]: step } };
}

/** A name like *word* that no step has yet. */
export function freeName(flow: Flow, word: string): string {
  const taken = new Set(stepNames(flow));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? word : `${word}-${number}`;
    if (!taken.has(name)) return name;
  }
}

/** *flow* with a new step of *type* at the end; where the last step led nowhere yet, it leads there. */
export function withNew(flow: Flow, type: StepType): { flow: Flow; name: string } {
  const name = freeName(flow, type);
  const names = stepNames(flow);
  const last = names.at(-1);
  const steps = { ...flow.steps, [name]: BLANK[type] };
  const before = last === undefined ? undefined : steps[last];
  if (last !== undefined && before && leadsOn(before) && !("next" in before)) {
    steps[last] = { ...before, next: name } as Step;
  }
  return { flow: { ...flow, start: flow.start ?? name, steps }, name };
}

/** Whether steps of this type have one `next`. */
export function leadsOn(step: Step): boolean {
  return !["branch", "route", "end"].includes(step.type);
}

/** *flow* with the step *name* moved by *places* in the list; where it leads stays. */
export function moved(flow: Flow, name: string, places: number): Flow {
  const names = stepNames(flow);
  const from = names.indexOf(name);
  const to = Math.max(0, Math.min(names.length - 1, from + places));
  if (from < 0 || to === from) return flow;
  const order = names.toSpliced(from, 1).toSpliced(to, 0, name);
  return { ...flow, steps: ordered(flow.steps ?? {}, order) };
}

function ordered(steps: Readonly<Record<string, Step>>, order: readonly string[]): Record<string, Step> {
  return Object.fromEntries(order.flatMap((name) => (steps[name] ? [[name, steps[name]]] : [])));
}

/** *flow* without the step *name*; what led there leads to where it went on. */
export function without(flow: Flow, name: string): Flow {
  const gone = flow.steps?.[name];
  const onward = gone && "next" in gone && gone.next !== name ? gone.next : undefined;
  const rest = Object.entries(flow.steps ?? {}).filter(([one]) => one !== name);
  const steps = Object.fromEntries(rest.map(([one, step]) => [one, led(step, name, onward)]));
  const start = flow.start === name ? onward : flow.start;
  return changed<Flow>({ ...flow, steps }, { start: start ?? (rest.length > 0 ? rest[0]?.[0] : undefined) });
}

/** *flow* with the step *name* called *next*, wherever it is named. */
export function renamed(flow: Flow, name: string, next: string): Flow {
  const entries = Object.entries(flow.steps ?? {}).map(([one, step]): [string, Step] => [
    one === name ? next : one,
    asking(led(step, name, next), name, next),
  ]);
  const start = flow.start === name ? next : flow.start;
  const target = flow.target && conditionAbout(flow.target, name, next);
  return changed<Flow>({ ...flow, steps: Object.fromEntries(entries) }, { start, target });
}

/** *step* with every way to *name* leading to *onward*. */
function led(step: Step, name: string, onward: string | undefined): Step {
  const lead = <T extends object>(given: T): T => {
    const changes = WAYS.filter((way) => (given as Record<string, unknown>)[way] === name);
    return changed(given, Object.fromEntries(changes.map((way) => [way, onward])) as Partial<T>);
  };
  const found = lead(step);
  if (found.type === "question" && found.options) {
    return { ...found, options: found.options.map((one) => (typeof one === "string" ? one : lead(one))) };
  }
  return found.type === "branch" ? { ...found, cases: found.cases.map(lead) } : found;
}

/** *step* with what it asks about the answer of *name* asked of *next*. */
function asking(step: Step, name: string, next: string): Step {
  if (step.type !== "branch") return step;
  return { ...step, cases: step.cases.map((one) => ({ ...one, when: conditionAbout(one.when, name, next) })) };
}

function conditionAbout(condition: Condition, name: string, next: string): Condition {
  if ("property" in condition) {
    const [owner, step, ...rest] = condition.property.split(".");
    return owner === "answer" && step === name ? { ...condition, property: ["answer", next, ...rest].join(".") } : condition;
  }
  if ("not" in condition) return { not: conditionAbout(condition.not, name, next) };
  if ("all" in condition) return { all: condition.all.map((one) => conditionAbout(one, name, next)) };
  return { any: condition.any.map((one) => conditionAbout(one, name, next)) };
}

/** Why a step cannot be called *name*, or "". */
export function stepNameReason(name: string, taken: readonly string[]): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name)) return "Use 1 to 64 letters, digits, hyphens and underscores.";
  return taken.includes(name) ? "Another step has this name." : "";
}

/** The label, value and way of an option, however it is written. */
export function optionParts(option: Option): { label: string; value: string; next: string | undefined } {
  if (typeof option === "string") return { label: option, value: option, next: undefined };
  return { label: option.label, value: option.value ?? option.label, next: option.next };
}

/** An option written as shortly as it can be. */
export function optionOf(label: string, value: string, next: string | undefined): Option {
  if (value === label && next === undefined) return label;
  return changed<Exclude<Option, string>>({ label }, { value: value === label ? undefined : value, next });
}

/** What is wrong below *path*, by path; the thing itself is among it. */
export function reasonsBelow(reasons: Readonly<Record<string, string>>, path: string): Record<string, string> {
  return Object.fromEntries(Object.entries(reasons).filter(([at]) => at === path || at.startsWith(`${path}.`)));
}
