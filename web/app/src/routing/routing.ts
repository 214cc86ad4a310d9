/** Routing: the plan, what was decided by it, and the calls to the server. */
import type { Condition } from "../conditions/tree.ts";
import { call } from "../session/session.ts";

/** How soon a conversation is to be answered. */
export type Priority = "low" | "normal" | "high" | "urgent";

/** Where a conversation goes; without a team, any agent may take it. */
export interface Target {
  team: string | null;
  priority: Priority;
}

/** A condition, and where a conversation goes when it holds. */
export interface Rule extends Target {
  name: string;
  when: Condition;
}

/** The first rule that holds decides, or the fallback. */
export interface Plan {
  rules: Rule[];
  fallback: Target;
  capacity: number;
  capacities: Record<string, number>;
}

/** What happened to a conversation on its way to an agent. */
export type Step = "routed" | "out_of_hours" | "overflowed" | "assigned" | "unassigned" | "requeued";

/** One step of a conversation's way to an agent, and why. */
export interface Decision extends Target {
  conversationId: string;
  at: string;
  step: Step;
  agentId: string | null;
  rule: string | null;
  by: string;
  trace: Record<string, unknown>[];
}

/** Where somebody would go, and what each rule said. */
export interface TriedOut extends Target {
  rule: string | null;
  trace: Record<string, unknown>[];
}

/** Why a conversation is where it is, and its place in the queue. */
export interface Whereabouts {
  position: number | null;
  decisions: Decision[];
}

/** Where the plan is. */
export const ROUTING = "/v1/routing";
/** Where the newest decisions are listed. */
export const DECISIONS = "/v1/routing/decisions";

/** Where a conversation's decisions are. */
export function decisionsPath(conversation: string): string {
  return `/v1/conversations/${encodeURIComponent(conversation)}/routing`;
}

/** Read the plan. */
export function readPlan(path: string, signal: AbortSignal): Promise<Plan> {
  return call<Plan>(path, { signal });
}

/** Replace the plan; it takes effect with the next conversation. */
export function savePlan(plan: Plan): Promise<Plan> {
  return call<Plan>(ROUTING, { method: "PUT", body: plan });
}

/** Read the newest decisions, newest first. */
export async function readDecisions(path: string, signal: AbortSignal): Promise<Decision[]> {
  return (await call<{ results: Decision[] }>(path, { signal })).results;
}

/** Read a conversation's decisions, oldest first. */
export function readWhereabouts(path: string, signal: AbortSignal): Promise<Whereabouts> {
  return call<Whereabouts>(path, { signal });
}

/** Ask where somebody of whom *facts* are known would go by *plan*. */
export function tryPlan(plan: Plan, facts: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<TriedOut> {
  return call<TriedOut>(`${ROUTING}/try`, { method: "POST", body: { facts, plan }, signal });
}
