/** How the pages about teams and office hours speak. Pure. */
import { clock, daysBetween } from "../ui/time.ts";
import { DAYS, type Colleague, type Day, type Hours, type HoursPreview, type Strategy, type Team } from "./teams.ts";

/** How a team's conversations are given out: in short, and what that means. */
export const STRATEGIES: Readonly<Record<Strategy, { name: string; help: string }>> = {
  balanced: { name: "Balanced", help: "To whoever has the fewest open conversations." },
  round_robin: { name: "In turns", help: "To whoever was given one of this team’s longest ago." },
  owner: { name: "To the contact’s owner", help: "If they are of the team and can take it; otherwise balanced." },
  manual: { name: "By hand", help: "To nobody: people take conversations themselves." },
};

/** What becomes of an agent's conversations when the agent goes away. */
export const WHEN_AWAY = {
  requeue: { name: "Others take over", help: "Conversations in which a visitor waits go back into the queue." },
  keep: { name: "They wait for the agent", help: "Nothing moves until the agent is back." },
} as const;

/** A new team, before anything is said about it. */
export function newTeam(name: string): Team {
  return {
    name,
    agents: [],
    strategy: "balanced",
    capacity: 5,
    hours: null,
    when_away: "requeue",
    sticky: null,
    overflow: null,
    out_of_hours: null,
  };
}

/** New office hours: weekdays, in the zone of the reader. */
export function newHours(name: string, zone: string): Hours {
  const day = (spans: string[]): string[] => spans;
  const weekdays = ["09:00-17:00"];
  return {
    name,
    zone,
    days: { mon: day(weekdays), tue: day(weekdays), wed: day(weekdays), thu: day(weekdays), fri: day(weekdays), sat: [], sun: [] },
    holidays: [],
  };
}

/** The names of *agents*, for a line; one who left is told by their id. */
export function memberWords(agents: readonly string[], colleagues: readonly Colleague[]): string {
  if (agents.length === 0) return "Nobody yet";
  return agents.map((id) => nameOf(id, colleagues)).join(", ");
}

/** What the agent *id* is called. */
export function nameOf(id: string, colleagues: readonly Colleague[]): string {
  return colleagues.find((one) => one.id === id)?.name ?? `agent ${id}`;
}

/** What a day is called in the reader's language. */
export function dayWords(day: Day, style: "long" | "short" = "long"): string {
  // The first of January 2024 was a Monday.
  return new Date(2024, 0, 1 + DAYS.indexOf(day)).toLocaleDateString(undefined, { weekday: style });
}

/** The week in a line: days with the same spans beside each other are said together. */
export function weekWords(days: Hours["days"]): string {
  const runs: { first: Day; last: Day; spans: string }[] = [];
  for (const day of DAYS) {
    const spans = days[day].map((one) => one.replace("-", "–")).join(", ");
    const before = runs.at(-1);
    if (before?.spans === spans) before.last = day;
    else runs.push({ first: day, last: day, spans });
  }
  const said = runs
    .filter((one) => one.spans !== "")
    .map(({ first, last, spans }) => {
      const name = dayWords(first, "short");
      return `${first === last ? name : `${name}–${dayWords(last, "short")}`} ${spans}`;
    });
  return said.length > 0 ? said.join("; ") : "Never open";
}

/** Whether the office is open and when that changes, in a sentence, in the reader's own time. */
export function openWords({ isOpen, opensAt, closesAt }: HoursPreview, now: Date): string {
  if (isOpen) return closesAt ? `Open now, until ${momentWords(new Date(closesAt), now)}.` : "Always open.";
  return opensAt ? `Closed now. Opens ${momentWords(new Date(opensAt), now)}.` : "Closed, and never opens.";
}

/** A moment soon, such as "today at 14:00" or "on Monday, 3 June at 09:00". */
export function momentWords(then: Date, now: Date): string {
  const days = daysBetween(now, then);
  if (days === 0) return `today at ${clock(then)}`;
  if (days === 1) return `tomorrow at ${clock(then)}`;
  const parts: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long" };
  if (then.getFullYear() !== now.getFullYear()) parts.year = "numeric";
  return `on ${then.toLocaleDateString(undefined, parts)} at ${clock(then)}`;
}

/** The two ends of a span such as `09:00-17:30`. */
export function spanEnds(span: string): [string, string] {
  const [from = "", to = ""] = span.split("-");
  return [from, to];
}

/** Whether a span ends on the day after it begins; also while it is still being typed. */
export function isOvernight(span: string): boolean {
  const [from, to] = spanEnds(span).map(tidy) as [string, string];
  return /^\d\d:\d\d$/.test(from) && /^\d\d:\d\d$/.test(to) && to <= from && to !== "00:00";
}

/** What was typed as a time of day, as the server reads it: 9 is 09:00, 930 is 09:30. */
export function tidy(text: string): string {
  const found = /^(\d{1,2})(?:[:.]?(\d{2}))?$/.exec(text.trim());
  return found ? `${(found[1] ?? "").padStart(2, "0")}:${found[2] ?? "00"}` : text.trim();
}

/** Why something cannot be called *name*, or "". */
export function nameReason(name: string, taken: readonly string[]): string {
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(name)) return "Use 1 to 64 small letters, digits, hyphens and underscores.";
  return taken.includes(name) ? "There is one with this name." : "";
}

/** The first reason at *path* or below it. */
export function reasonBelow(reasons: Readonly<Record<string, string>>, path: string): string {
  return Object.entries(reasons).find(([at]) => at === path || at.startsWith(`${path}.`))?.[1] ?? "";
}
