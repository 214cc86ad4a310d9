/** How the page about alerts speaks. Pure. */
import { moment } from "../functions/words.ts";
import type { Delivery, Group } from "./alerts.ts";

/** For how long a group can be muted, in hours; null is until it is resolved. */
export const MUTES: readonly (readonly [string, number | null])[] = [
  ["For an hour", 1],
  ["For a day", 24],
  ["For a week", 168],
  ["Until resolved", null],
];

/** What is happening in a group of each kind. */
export const KINDS: Readonly<Record<Group["kind"], string>> = {
  failure: "Fails",
  silent: "Has gone quiet",
  missed: "Missed its time",
};

/** How a delivery is getting on. */
export const DELIVERIES: Readonly<Record<Delivery["state"], string>> = {
  waiting: "Waiting",
  sent: "Sent",
  failed: "Failed",
};

/** Whether nobody is told of *group* as of *now*; a mute that has run out counts no more. */
export function isMuted(group: Group, now: Date): boolean {
  return group.state === "muted" && (group.mutedUntil === null || new Date(group.mutedUntil) > now);
}

/** Where a group stands, in words. */
export function stateWords(group: Group, now: Date): string {
  if (group.state === "recovered") return "Over";
  if (isMuted(group, now)) {
    return group.mutedUntil === null ? "Muted until resolved" : `Muted until ${moment(new Date(group.mutedUntil))}`;
  }
  return group.state === "alerted" ? "Open" : "Counted";
}

/** What *stateWords* means, for a tooltip. */
export function stateHelp(group: Group, now: Date): string {
  if (group.state === "recovered") return "It works again, or somebody resolved it.";
  if (isMuted(group, now)) return "It is counted, and nobody is told.";
  if (group.state === "alerted") return "The channels there were have been told; they hear of it again when it gets much worse.";
  return "Nobody was told, since it began while it was muted.";
}

/** Who is failing: "greet", "Site shop". */
export function subjectWords(group: Group): string {
  if (group.function !== null) return group.function;
  const [kind = "", ...rest] = group.subject.split(" ");
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1)} ${rest.join(" ")}`.trim();
}

/** When a mute of so many *hours* ends, as of *now*. */
export function muteUntil(hours: number | null, now: Date): string | null {
  return hours === null ? null : new Date(now.getTime() + hours * 3_600_000).toISOString();
}

/** The groups that somebody should look at first, then those that are muted, then those that are over. */
export function inOrder(groups: readonly Group[], now: Date): Group[] {
  const rank = (group: Group): number => (group.state === "recovered" ? 2 : isMuted(group, now) ? 1 : 0);
  return [...groups].sort((one, other) => rank(one) - rank(other) || other.lastAt.localeCompare(one.lastAt));
}

/** What is wrong with a channel before it is sent, by field. */
export function channelReasons(name: string, url: string): Record<string, string> {
  const reasons: Record<string, string> = {};
  if (name.trim() === "") reasons["name"] = "It needs a name.";
  if (!/^[a-z][a-z0-9+.-]*:\/\/./i.test(url.trim())) reasons["url"] = "This is a URL such as discord://… or mailto://…";
  return reasons;
}
