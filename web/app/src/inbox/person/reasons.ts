/** Why a conversation is where it is, in words. Pure. */
import { OPERATORS } from "../../conditions/words.ts";
import type { Decision, Leaf, RuleSaid } from "../types.ts";

/** One step: what happened, and why. */
export function stepWords(decision: Decision, name: (id: string) => string): string {
  const { step, team, agentId } = decision;
  const agent = agentId === null ? "nobody" : name(agentId);
  switch (step) {
    case "routed":
      return team === null ? `Left with no team: ${routedBy(decision)}` : `Sent to ${team}: ${routedBy(decision)}`;
    case "out_of_hours":
      return `Sent to ${team ?? "no team"}: ${closedWords(decision)}`;
    case "overflowed":
      return `Moved on to ${team ?? "no team"}: nobody in ${decision.by} was free in time`;
    case "assigned":
      return `Given to ${agent}: ${GIVEN[decision.by] ?? decision.by}`;
    case "unassigned":
      return `Taken off ${agent} by a person`;
    case "requeued":
      return `Back in the queue: ${agent} went away`;
  }
}

/** What each rule said, those that did not match too. */
export function ruleWords(said: RuleSaid): string {
  return `${said.rule}: ${said.matched ? "matched" : "did not match"}`;
}

/** One comparison and its outcome: "contact.plan is vip: unknown". */
export function leafWords(leaf: Leaf): string {
  const asked = [leaf.property, (OPERATORS as Readonly<Record<string, string>>)[leaf.operator] ?? leaf.operator.replaceAll("_", " "), valueWords(leaf.value)];
  return `${asked.filter(Boolean).join(" ")}: ${leaf.holds === null ? "not known" : leaf.holds ? "yes" : "no"}`;
}

function routedBy({ by, rule }: Decision): string {
  if (by === "person") return "a person chose it";
  if (by === "team") return "a chatflow asked for it";
  return rule === null ? "no rule matched, so the fallback took it" : `the rule “${rule}” matched`;
}

function closedWords({ by, rule }: Decision): string {
  const from = rule === null ? by : `the team of “${rule}”`;
  return ["rule", "team", "fallback"].includes(from) ? "the team that was meant is closed now" : `${from} is closed now`;
}

const GIVEN: Readonly<Record<string, string>> = {
  person: "a person chose it",
  sticky: "they talked with this visitor last",
  owner: "they own this contact",
  balanced: "they had the fewest open conversations",
  round_robin: "it was their turn",
};

function valueWords(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(valueWords).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
