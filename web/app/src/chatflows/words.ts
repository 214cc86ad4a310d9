/** How the pages about chatflows speak: steps, evidence, and what a trial did. Pure. */
import { conditionWords, saidWords, type SaidLeaf } from "../conditions/words.ts";
import type { Property } from "../conditions/properties.ts";
import type { Evidence, Line } from "./chatflows.ts";
import type { Step, StepType } from "./document.ts";

/** Each type of step: its name, and what it does. */
export const STEPS: Readonly<Record<StepType, { name: string; help: string }>> = {
  message: { name: "Message", help: "Says something and goes on." },
  question: { name: "Question", help: "Asks one thing, with buttons or in free words." },
  form: { name: "Form", help: "Asks for several properties of the contact." },
  branch: { name: "Branch", help: "Goes on with the first case that holds." },
  function: { name: "Function", help: "Calls one of your functions and goes on with what it returns." },
  webhook: { name: "Webhook", help: "Asks a program of yours what to say next." },
  wait: { name: "Wait", help: "Lets some time pass." },
  route: { name: "Hand over", help: "People take over: a team, or whom the routing rules name." },
  end: { name: "End", help: "Ends the talk without people." },
};

/** How sure we are of who somebody is. */
export const EVIDENCE: readonly (readonly [Evidence, string])[] = [
  ["anonymous", "Nobody known"],
  ["claimed", "Typed an address"],
  ["verified", "Confirmed their address"],
  ["signed", "Signed in to the site"],
];

/** Whether the CRM is open to somebody with this *evidence*. */
export function isProven(evidence: Evidence): boolean {
  return evidence === "verified" || evidence === "signed";
}

/** What a step says or does, in a line. */
export function summary(step: Step, properties: readonly Property[]): string {
  switch (step.type) {
    case "message":
    case "question":
      return step.text;
    case "form":
      return step.text ?? step.fields.map((one) => one.label ?? one.property.replace(/^contact\./, "")).join(", ");
    case "branch":
      return step.cases.map((one) => conditionWords(one.when, properties)).join("; ");
    case "function":
      return step.name;
    case "webhook":
      return step.url;
    case "wait":
      return durationWords(step.for);
    default:
      return lastWords(step);
  }
}

function lastWords(step: Extract<Step, { type: "route" | "end" }>): string {
  if (step.type === "route") return step.text ?? (step.team ? `To ${step.team}` : "As the routing rules say");
  return step.text ?? (step.close ? "Closes the conversation" : "");
}

/** Where a step goes on, in words; "" where that is part of the step. */
export function wayWords(step: Step): string {
  if (step.type === "branch") return wayTo(step.else, "else ");
  if (step.type === "route" || step.type === "end") return "";
  return wayTo(step.next, "");
}

function wayTo(name: string | undefined, before: string): string {
  return name ? `${before}→ ${name}` : `${before}→ people`;
}

const UNITS: Readonly<Record<string, string>> = { s: "second", m: "minute", h: "hour", d: "day" };

/** A length of time such as `30s` in words; what is none stays as it is. */
export function durationWords(text: string): string {
  const found = /^(\d+)([smhd])$/.exec(text.trim());
  if (!found) return text;
  const unit = UNITS[found[2] ?? ""] ?? "";
  return `${Number(found[1]).toLocaleString()} ${unit}${Number(found[1]) === 1 ? "" : "s"}`;
}

/** A line of a trial's trace, as the server sends it. */
export type Trace = Readonly<Record<string, unknown>>;

/** One thing that a trial did: where, what, and the parts that said so. */
export interface Did {
  step: string | null;
  text: string;
  parts: string[];
}

/** What a trial did, in words and in order; names of types that say nothing are left out. */
export function traceWords(trace: readonly Trace[], properties: readonly Property[]): Did[] {
  return trace.flatMap((line) => {
    const step = typeof line["step"] === "string" ? line["step"] : null;
    if (line["type"] === "routing") return rulesWords(line["rules"], properties);
    const text = lineWords(line);
    return text === "" ? [] : [{ step, text, parts: leavesWords(line["leaves"], properties) }];
  });
}

function lineWords(line: Trace): string {
  if (line["type"] === "target") return line["matched"] === true ? "It is for this visitor." : "It is not for this visitor: they would get another chatflow, or people.";
  if (line["type"] === "inputs") return "The talk was over before everything was said.";
  if (typeof line["case"] === "number") {
    return `Case ${line["case"] + 1} ${line["matched"] === true ? "holds." : "does not hold."}`;
  }
  return typeof line["did"] === "string" ? didWords(line["did"]) : "";
}

const DID: Readonly<Record<string, string>> = {
  ask: "Asks, and waits for an answer.",
  "show form": "Shows the form, and waits for it.",
  else: "No case holds: goes on with “otherwise”.",
  route: "Hands over to people.",
  end: "Ends the talk.",
  "call webhook": "Calls the webhook.",
  "not understood": "The answer is not understood.",
};

function didWords(did: string): string {
  const words = DID[did];
  if (words) return words;
  if (did.startsWith("wait until ")) return `Waits until ${new Date(did.slice(11)).toLocaleString()}.`;
  if (did.startsWith("call function ")) return `Calls the function ${did.slice(14)}.`;
  if (did.startsWith("save ")) return `Saves it as ${did.slice(5)}.`;
  if (did.startsWith("simulated: ")) return "Nothing is called in a preview. Say below what comes back.";
  return `${did.charAt(0).toUpperCase()}${did.slice(1)}.`;
}

function leavesWords(leaves: unknown, properties: readonly Property[]): string[] {
  return Array.isArray(leaves) ? (leaves as SaidLeaf[]).map((leaf) => saidWords(leaf, properties)) : [];
}

/** What the routing rules said: each that was asked, in order. */
export function rulesWords(rules: unknown, properties: readonly Property[]): Did[] {
  if (!Array.isArray(rules)) return [];
  return (rules as Trace[]).map((rule) => ({
    step: null,
    text: `Rule “${String(rule["rule"])}” ${rule["matched"] === true ? "holds." : "does not hold."}`,
    parts: leavesWords(rule["leaves"], properties),
  }));
}

/** What the visitor did, as a line of the talk. */
export function visitorWords(line: Line): string {
  if (line.values) return Object.entries(line.values).map(([name, value]) => `${name.replace(/^contact\./, "")}: ${value}`).join("\n");
  return line.text;
}


/** Why a chatflow cannot be called *name*, or "". */
export function flowNameReason(name: string, taken: readonly string[]): string {
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(name)) return "Use 1 to 64 small letters, digits, hyphens and underscores.";
  return taken.includes(name) ? "There is a chatflow with this name." : "";
}
