/** Who answers chats here, whether this agent takes new ones, and who does what right now. */
import { computed, signal } from "@preact/signals";

import { call, session } from "../session/session.ts";
import { problemFrom } from "../ui/states.tsx";
import type { Reader } from "./feed.ts";
import type { Colleague, Colleagues, Sign } from "./types.ts";

/** Whether this agent takes conversations; the server gives none to those who are away. */
export type Presence = "online" | "away";

const BEAT_MS = 30_000; // the server takes a silence of two minutes for absence
const KEY = "callingcard.presence";

/** Whom a conversation can be handed to. */
export const colleagues = signal<Colleagues>({ agents: [], teams: [] });

/** Who types and who looks, in any conversation. */
export const signs = signal<readonly Sign[]>([]);

/** What this agent chose; it holds for every tab of this browser. */
export const presence = signal<Presence>("online");

/** Who looks at the lists. */
export const reader = computed<Reader>(() => ({
  id: session.value?.agent.id ?? "",
  teams: new Set(colleagues.value.teams.filter((team) => team.mine).map((team) => team.name)),
}));

let beating: ReturnType<typeof setInterval> | undefined;

/** Say that the agent is here, again and again, and learn who else is. */
export function openHouse(): void {
  closeHouse();
  presence.value = localStorage.getItem(KEY) === "away" ? "away" : "online";
  const beat = (): void => {
    background(report(presence.value));
    background(learnColleagues());
  };
  beating = setInterval(beat, BEAT_MS);
  beat();
  addEventListener("storage", chosenElsewhere);
}

/** Fall silent: the agent signed out. */
export function closeHouse(): void {
  clearInterval(beating);
  beating = undefined;
  removeEventListener("storage", chosenElsewhere);
  colleagues.value = { agents: [], teams: [] };
  signs.value = [];
}

/** Say that the agent goes now, whatever they chose; a server that does not hear it finds out by time. */
export async function leaveHouse(): Promise<void> {
  clearInterval(beating);
  beating = undefined;
  try {
    await report("away");
  } catch (error) {
    console.warn("callingcard: presence was not told", problemFrom(error).code);
  }
}

/** Take conversations from now on, or none. Throws a `Problem` and then all is as before. */
export async function choosePresence(next: Presence): Promise<void> {
  await report(next);
  presence.value = next;
  localStorage.setItem(KEY, next);
  await learnColleagues();
}

/** The colleague called *id*; somebody who left is not among them. */
export function colleague(id: string): Colleague | undefined {
  return colleagues.value.agents.find((one) => one.id === id);
}

/** What to call the agent *id*: "you", a name, or that they left. */
export function agentWords(id: string): string {
  if (id === reader.value.id) return "you";
  return colleague(id)?.name ?? "a former colleague";
}

/** Who types in conversation *id*, without this agent. */
export function typists(id: string): Sign[] {
  return signs.value.filter((sign) => sign.conversationId === id && sign.kind === "typing" && !isOwn(sign));
}

/** Which colleagues look at conversation *id*. */
export function lookers(id: string): Sign[] {
  return signs.value.filter((sign) => sign.conversationId === id && sign.kind === "looking" && !isOwn(sign));
}

/** Tell colleagues, and for typing the visitor, what this agent does; nobody misses a lost one. */
export function showSign(id: string, kind: Sign["kind"], active = true): void {
  const path = `/v1/inbox/conversations/${encodeURIComponent(id)}/presence`;
  background(call(path, { method: "POST", body: { kind, active } }));
}

function isOwn(sign: Sign): boolean {
  return sign.author.kind === "agent" && sign.author.id === session.value?.agent.id;
}

async function report(status: Presence): Promise<void> {
  await call("/v1/inbox/presence", { method: "PUT", body: { status } });
}

async function learnColleagues(): Promise<void> {
  colleagues.value = await call<Colleagues>("/v1/inbox/colleagues");
}

function chosenElsewhere(event: StorageEvent): void {
  if (event.key === KEY) presence.value = event.newValue === "away" ? "away" : "online";
}

/** Said again by the next beat, so a failure is only noted. */
function background(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    console.warn("callingcard: presence was not told", problemFrom(error).code);
  });
}
