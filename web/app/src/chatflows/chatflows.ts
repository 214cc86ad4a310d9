/** The calls to the server about chatflows, and the shapes of its answers. */
import type { Property } from "../conditions/properties.ts";
import { call } from "../session/session.ts";
import type { Flow } from "./document.ts";

/** A chatflow without its documents. */
export interface FlowShown {
  name: string;
  inbox: string;
  enabled: boolean;
  priority: number;
  /** 0 until something was published. */
  version: number;
  hasDraft: boolean;
  updatedAt: string;
}

/** A chatflow in the list of all. */
export interface FlowListed extends FlowShown {
  /** In how many conversations it has talked. */
  runs: number;
}

/** A chatflow with its documents. */
export interface FlowDetail extends FlowShown {
  document: Flow | null;
  draft: Flow | null;
  warnings: string[];
}

/** Something that was published. */
export interface Version {
  version: number;
  publishedAt: string;
  publishedBy: string;
  document: Flow;
}

/** How sure we are of who somebody is. */
export type Evidence = "anonymous" | "claimed" | "verified" | "signed";

/** What the imagined visitor does. */
export type Input = { value: string } | { text: string } | { values: Readonly<Record<string, string>> };

/** Somebody to try a chatflow on. */
export interface Somebody {
  contact: Readonly<Record<string, string>>;
  company: Readonly<Record<string, string>>;
  deals: readonly { amount: string }[];
  page: { url: string };
  evidence: Evidence;
  now?: string;
  inputs: readonly Input[];
  /** By step: what its function returns, or its webhook replies. */
  returns: Readonly<Record<string, unknown>>;
  document: Flow;
}

/** A field of a form as the visitor sees it. */
export interface ShownField {
  name: string;
  label: string;
  type: string;
  required: boolean;
  options?: string[];
  value?: string | number | boolean;
}

/** One line of an imagined talk. */
export interface Line {
  author: "bot" | "visitor";
  text: string;
  options: { label: string; value: string }[] | null;
  form: { step: string; fields: ShownField[]; wrong?: string[] } | null;
  values: Record<string, string> | null;
}

/** What would come of a talk. */
export interface Simulation {
  messages: Line[];
  route: { team: string | null; agent: string | null; priority: string; rule: string | null } | null;
  contactChanges: Record<string, string>;
  trace: Record<string, unknown>[];
  warnings: string[];
}

/** Where the chatflows are listed. */
export const CHATFLOWS = "/v1/chatflows";

/** The address of one chatflow in the API. */
export function flowPath(name: string): string {
  return `${CHATFLOWS}/${encodeURIComponent(name)}`;
}

/** Where the versions of a chatflow are listed. */
export function versionsPath(name: string): string {
  return `${flowPath(name)}/versions`;
}

/** Read every chatflow. */
export async function readFlows(path: string, signal: AbortSignal): Promise<FlowListed[]> {
  return (await call<{ results: FlowListed[] }>(path, { signal })).results;
}

/** Read one chatflow. */
export function readFlow(path: string, signal: AbortSignal): Promise<FlowDetail> {
  return call<FlowDetail>(path, { signal });
}

/** Read what was published, newest first. */
export async function readVersions(path: string, signal: AbortSignal): Promise<Version[]> {
  return (await call<{ results: Version[] }>(path, { signal })).results;
}

/** Keep *flow* as the draft. */
export function saveDraft(flow: Flow): Promise<FlowDetail> {
  return call<FlowDetail>(`${flowPath(flow.name)}?draft=true`, { method: "PUT", body: flow });
}

/** Give *flow* to visitors from now on. */
export function publish(flow: Flow): Promise<FlowDetail> {
  return call<FlowDetail>(flowPath(flow.name), { method: "PUT", body: flow });
}

/** Switch a chatflow on or off. */
export function enable(name: string, enabled: boolean): Promise<FlowDetail> {
  return call<FlowDetail>(`${flowPath(name)}/enabled`, { method: "POST", body: { enabled } });
}

/** Publish an earlier version again. */
export function rollBack(name: string, version: number): Promise<FlowDetail> {
  return call<FlowDetail>(`${flowPath(name)}/rollback`, { method: "POST", body: { version } });
}

/** Delete a chatflow and its versions. */
export function deleteFlow(name: string): Promise<void> {
  return call(flowPath(name), { method: "DELETE" });
}

/** Show what *somebody* would see; nothing is kept or called. */
export function simulate(name: string, somebody: Somebody, signal: AbortSignal): Promise<Simulation> {
  return call<Simulation>(`${flowPath(name)}/simulate`, { method: "POST", body: somebody, signal });
}

/** What a chatflow's own steps add to what conditions may ask about: what was answered to them. */
export function answersOf(flow: Flow): Property[] {
  return Object.entries(flow.steps ?? {}).flatMap(([name, step]) => {
    if (step.type === "question") return [answer(`answer.${name}`, `Answer to ${name}`)];
    if (step.type !== "function") return [];
    const whole = answer(`answer.${name}`, `What ${name} returned`);
    return [whole, { ...answer(`answer.${name}.`, `What ${name} returned under`), isOpen: true as const }];
  });
}

function answer(name: string, label: string): Property {
  return { name, kind: "string", label, visible: true, writable: false, options: [] };
}
