/**
 * Cron expressions in words, for the common ones; the rest stay as they were written.
 *
 * Pure. It says what an expression means and never when it is due: the server says that.
 */

const NICKNAMES: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};
const DAY_NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTH_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Say *cron* in words, or return it as it is when there are no short ones. */
export function cronWords(cron: string): string {
  const parts = (NICKNAMES[cron.trim()] ?? cron).trim().split(/\s+/);
  if (parts.length !== 5) return cron;
  const [minute, hour, day, month, weekday] = parts as [string, string, string, string, string];
  const when = timeWords(minute, hour);
  const which = dayWords(day, month, weekday);
  if (when === null || which === null) return cron;
  if (when.isOften) return which === "every day" ? when.text : `${when.text}, ${which}`;
  return capital(`${which} ${when.text}`);
}

/** How often within a day, or at which times of it. */
function timeWords(minute: string, hour: string): { text: string; isOften: boolean } | null {
  const step = minute === "*" ? 1 : stepOf(minute);
  if (step !== null) return hour === "*" ? { text: every(step, "minute"), isOften: true } : null;
  const at = numbers(minute);
  if (!at) return null;
  const past = at.join() === "0" ? "" : `, ${list(at.map(String))} minutes past`;
  const hours = hour === "*" ? 1 : stepOf(hour);
  if (hours !== null) return { text: every(hours, "hour") + past, isOften: true };
  const times = numbers(hour)?.flatMap((one) => at.map((minutes) => clock(one, minutes)));
  return times && times.length <= 4 ? { text: `at ${list(times)}`, isOften: false } : null;
}

function every(step: number, unit: string): string {
  return step === 1 ? `Every ${unit}` : `Every ${step} ${unit}s`;
}

function dayWords(day: string, month: string, weekday: string): string | null {
  const isAnyDay = day === "*" || day === "?";
  const isAnyWeekday = weekday === "*" || weekday === "?";
  if (!isAnyDay && !isAnyWeekday) return null; // either of the two counts, which no short words say
  const inMonths = monthWords(month);
  if (inMonths === null) return null;
  if (!isAnyWeekday) {
    const days = weekdayWords(weekday);
    return days && days + inMonths;
  }
  if (isAnyDay) return `every day${inMonths}`;
  const days = numbers(day);
  return days && `on day ${list(days.map(String))} of ${inMonths === "" ? "the month" : inMonths.replace(" in ", "")}`;
}

function weekdayWords(field: string): string | null {
  const range = /^(\w+)-(\w+)$/.exec(field);
  if (range?.[1] && range[2]) {
    const [from, to] = [named(range[1], DAY_NAMES, 0), named(range[2], DAY_NAMES, 0)];
    return from === null || to === null ? null : `${dayName(from)} to ${dayName(to)}`;
  }
  const days = field.split(",").map((one) => named(one, DAY_NAMES, 0));
  if (days.some((one) => one === null || one > 7)) return null;
  return `every ${list(days.map((one) => dayName(one ?? 0)))}`;
}

/** In which months: " in January", or "" for all. */
function monthWords(field: string): string | null {
  if (field === "*") return "";
  const months = field.split(",").map((one) => named(one, MONTH_NAMES, 1));
  if (months.some((one) => one === null || one < 1 || one > 12)) return null;
  return ` in ${list(months.map((one) => monthName(one ?? 1)))}`;
}

function named(text: string, names: readonly string[], first: number): number | null {
  if (/^\d+$/.test(text)) return Number(text);
  const index = names.indexOf(text.toLowerCase());
  return index < 0 ? null : index + first;
}

function numbers(field: string): number[] | null {
  return /^\d+(,\d+)*$/.test(field) ? field.split(",").map(Number) : null;
}

function stepOf(field: string): number | null {
  const step = /^(?:\*|0)\/(\d+)$/.exec(field)?.[1];
  return step ? Number(step) : null;
}

function clock(hour: number, minute: number): string {
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

// The words around are English, so the names are too.
function dayName(day: number): string {
  return new Date(Date.UTC(2026, 10, 1 + (day % 7))).toLocaleDateString("en", { weekday: "long", timeZone: "UTC" });
}

function monthName(month: number): string {
  return new Date(Date.UTC(2026, month - 1, 1)).toLocaleDateString("en", { month: "long", timeZone: "UTC" });
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
