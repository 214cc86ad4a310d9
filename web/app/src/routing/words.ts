/** How the pages about routing speak. Pure. */
import { readValue } from "../conditions/words.ts";
import { findProperty, type Property } from "../conditions/properties.ts";
import { nameOf } from "../teams/words.ts";
import type { Colleague } from "../teams/teams.ts";
import type { Decision, Plan, Priority, Rule, Step, Target } from "./routing.ts";

/** How soon a conversation is to be answered, the least urgent first. */
export const PRIORITIES: readonly (readonly [Priority, string])[] = [
  ["low", "Low"],
  ["normal", "Normal"],
  ["high", "High"],
  ["urgent", "Urgent"],
];

/** Where a conversation goes, in a few words. */
export function targetWords({ team, priority }: Target): string {
  const to = team === null ? "anybody" : team;
  return priority === "normal" ? to : `${to}, ${priority}`;
}

const STEPS: Readonly<Record<Step, string>> = {
  routed: "Sent to",
  out_of_hours: "Closed, so sent on to",
  overflowed: "Waited too long, so sent on to",
  assigned: "Given to",
  unassigned: "Taken from",
  requeued: "Back into the queue of",
};

const WHY: Readonly<Record<string, string>> = {
  balanced: "who had the fewest open conversations",
  round_robin: "whose turn it was",
  owner: "who owns the contact",
  sticky: "who answered this person before",
  person: "by hand",
  away: "the agent went away",
  rule: "",
  fallback: "",
};

/** What was decided, in a sentence without its full stop. */
export function decisionWords(decision: Decision, colleagues: readonly Colleague[]): string {
  const { step, agentId, team } = decision;
  const isOfAgent = step === "assigned" || step === "unassigned";
  const whom = isOfAgent && agentId !== null ? nameOf(agentId, colleagues) : team === null ? "anybody" : `the team ${team}`;
  const priority = !isOfAgent && decision.priority !== "normal" ? `, ${decision.priority} priority` : "";
  return `${STEPS[step]} ${whom}${priority}`;
}

/** Why it was decided so, in a few words, or "". */
export function whyWords(decision: Decision): string {
  if (decision.rule !== null) return `by the rule “${decision.rule}”`;
  if (decision.step === "routed" && decision.trace.length > 0) return "no rule held";
  const known = WHY[decision.by];
  return known ?? decision.by.replaceAll("_", " ");
}

/** A name like *word* that no rule has yet. */
export function freeRuleName(rules: readonly Rule[], word: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? word : `${word} ${number}`;
    if (!rules.some((one) => one.name === name)) return name;
  }
}

/** *plan* with another rule at the end, which is still to be filled in. */
export function withRule(plan: Plan): Plan {
  const rule: Rule = {
    name: freeRuleName(plan.rules, "New rule"),
    when: { property: "", operator: "eq", value: "" },
    team: plan.fallback.team,
    priority: "normal",
  };
  return { ...plan, rules: [...plan.rules, rule] };
}

/** *rules* with the one at *index* moved by *places*. */
export function movedRule(rules: readonly Rule[], index: number, places: number): Rule[] {
  const to = Math.max(0, Math.min(rules.length - 1, index + places));
  const rule = rules[index];
  return rule ? rules.toSpliced(index, 1).toSpliced(to, 0, rule) : [...rules];
}

/** What was typed of somebody, as the server takes it: of each property in its type. */
export function factsOf(known: readonly (readonly [string, string])[], properties: readonly Property[]): Record<string, unknown> {
  return Object.fromEntries(
    known
      .filter(([name, text]) => name !== "" && text !== "")
      .map(([name, text]): [string, unknown] => {
        const kind = findProperty(name, properties)?.kind ?? "string";
        if (kind === "bool" && (text === "true" || text === "false")) return [name, text === "true"];
        return [name, readValue(text, kind)];
      }),
  );
}
