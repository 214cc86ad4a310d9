/** Teams and office hours: the shapes of their documents, and the calls to the server. */
import { call } from "../session/session.ts";

/** How a team's conversations are given out. */
export type Strategy = "balanced" | "round_robin" | "owner" | "manual";

/** Agents who answer the same conversations. */
export interface Team {
  name: string;
  /** By their ids. */
  agents: string[];
  strategy: Strategy;
  capacity: number;
  hours: string | null;
  when_away: "requeue" | "keep";
  /** A length of time such as `24h`. */
  sticky: string | null;
  overflow: { team: string; after: string } | null;
  out_of_hours: string | null;
}

/** The days of a week as the server calls them, Monday first. */
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];

/** A day on which the office is open at other times. */
export interface Holiday {
  /** Such as `2030-12-25`. */
  date: string;
  name: string;
  spans: string[];
}

/** When an office is open; spans are such as `09:00-17:30`. */
export interface Hours {
  name: string;
  /** An IANA name such as `Europe/Berlin`. */
  zone: string;
  days: Record<Day, string[]>;
  holidays: Holiday[];
}

/** Whether an office is open at a moment, and when that changes. */
export interface HoursPreview {
  isOpen: boolean;
  opensAt: string | null;
  closesAt: string | null;
}

/** Somebody a conversation can be given to. */
export interface Colleague {
  id: string;
  name: string;
  status: "online" | "away";
}

/** Where the teams are listed. */
export const TEAMS = "/v1/teams";
/** Where office hours are listed. */
export const HOURS = "/v1/hours";
/** Where agents are listed. */
export const COLLEAGUES = "/v1/inbox/colleagues";

/** Read every team. */
export async function readTeams(path: string, signal: AbortSignal): Promise<Team[]> {
  return (await call<{ results: Team[] }>(path, { signal })).results;
}

/** Read all office hours. */
export async function readHours(path: string, signal: AbortSignal): Promise<Hours[]> {
  return (await call<{ results: Hours[] }>(path, { signal })).results;
}

/** Read who can be given a conversation. */
export async function readColleagues(path: string, signal: AbortSignal): Promise<Colleague[]> {
  return (await call<{ agents: Colleague[] }>(path, { signal })).agents;
}

/** Make or replace a team. */
export function saveTeam(team: Team): Promise<Team> {
  return call<Team>(`${TEAMS}/${encodeURIComponent(team.name)}`, { method: "PUT", body: team });
}

/** Delete a team that nothing is sent to. */
export function deleteTeam(name: string): Promise<void> {
  return call(`${TEAMS}/${encodeURIComponent(name)}`, { method: "DELETE" });
}

/** Make or replace office hours. */
export function saveHours(hours: Hours): Promise<Hours> {
  return call<Hours>(`${HOURS}/${encodeURIComponent(hours.name)}`, { method: "PUT", body: hours });
}

/** Delete office hours that no team keeps. */
export function deleteHours(name: string): Promise<void> {
  return call(`${HOURS}/${encodeURIComponent(name)}`, { method: "DELETE" });
}

/** Ask whether the office of *hours*, saved or not, is open at *at*. */
export function previewHours(hours: Hours, at: Date, signal: AbortSignal): Promise<HoursPreview> {
  const body = { hours: { ...hours, name: null }, at: at.toISOString() };
  return call<HoursPreview>(`${HOURS}/preview`, { method: "POST", body, signal });
}
