/**
 * Times in words: how long ago, how long since, which day.
 *
 * Pure functions of a moment and of now; days are the reader's own, not UTC's.
 */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Whole days between the calendar days of *then* and *now*: 0 today, 1 yesterday. */
export function daysBetween(then: Date, now: Date): number {
  const midnight = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((midnight(now) - midnight(then)) / DAY);
}

/** The shortest time that is still clear, for a list: "now", "4 min", "14:05", "Tue", "16 Nov". */
export function brief(then: Date, now: Date): string {
  const ago = now.getTime() - then.getTime();
  if (ago < MINUTE) return "now";
  if (ago < HOUR) return `${Math.floor(ago / MINUTE)} min`;
  const days = daysBetween(then, now);
  if (days < 1) return clock(then);
  if (days < 7) return then.toLocaleDateString(undefined, { weekday: "short" });
  return date(then, now);
}

/** A sentence's worth: "just now", "4 minutes ago", "yesterday", "16 Nov 2025". */
export function relative(then: Date, now: Date): string {
  const ago = now.getTime() - then.getTime();
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  if (ago < MINUTE) return "just now";
  if (ago < HOUR) return words.format(-Math.floor(ago / MINUTE), "minute");
  const days = daysBetween(then, now);
  if (days < 1) return words.format(-Math.floor(ago / HOUR), "hour");
  return days < 7 ? words.format(-days, "day") : date(then, now);
}

/** How long somebody has waited, or "" while it is not worth saying: under a minute. */
export function waiting(since: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - since.getTime()) / MINUTE);
  if (minutes < 1) return "";
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return `${Math.floor(hours / 24)} d`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** The name of a day, for the line between two days: "Today", "Yesterday", "Monday 16 November". */
export function dayName(then: Date, now: Date): string {
  const days = daysBetween(then, now);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const parts: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long" };
  if (then.getFullYear() !== now.getFullYear()) parts.year = "numeric";
  return then.toLocaleDateString(undefined, parts);
}

/** The time of day, as the reader's locale writes it. */
export function clock(then: Date): string {
  return then.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

/** Everything, for the tooltip: weekday, date, year, time. */
export function exact(then: Date): string {
  return then.toLocaleString(undefined, { dateStyle: "full", timeStyle: "short" });
}

function date(then: Date, now: Date): string {
  const parts: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
  if (then.getFullYear() !== now.getFullYear()) parts.year = "numeric";
  return then.toLocaleDateString(undefined, parts);
}
