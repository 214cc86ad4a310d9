/** The frame's own words, and dates in the reader's locale. */

import type { Session } from "./protocol.ts";

export const WORDS = {
  open: "Open chat",
  close: "Close chat",
  panel: "Chat",
  log: "Messages",
  write: "Write a message",
  send: "Send",
  sending: "Sending…",
  sent: "Sent",
  waiting: "Not sent yet. It goes out when the connection is back.",
  failed: "Not sent.",
  retry: "Retry",
  you: "You",
  reconnecting: "Reconnecting…",
  closed: "This conversation was closed. Write to reopen it.",
  reopened: "The conversation was reopened.",
  greeting: "Hi, how can we help?",
  newer: "New messages",
} as const;

/** What the launcher says to those who hear it. */
export function launcherLabel(unread: number): string {
  if (unread === 0) return WORDS.open;
  return `${WORDS.open}, ${unread} unread ${unread === 1 ? "message" : "messages"}`;
}

/** The line beside the seal. */
export function sealLine({ evidence, contact }: Pick<Session, "evidence" | "contact">): string {
  const name = contact?.firstName ?? "";
  if (evidence === "signed") return name ? `Signed in as ${name}` : "Signed in";
  if (evidence === "verified") return name ? `${name}, address confirmed` : "Address confirmed";
  if (evidence === "claimed") return "Address not confirmed";
  return "Not signed in";
}

/** Why the seal says so. */
export function sealReason({ evidence, signedBy, signedUntil }: Pick<Session, "evidence" | "signedBy" | "signedUntil">): string {
  if (evidence === "signed") {
    const until = signedUntil ? `, until ${timeOf(signedUntil)}` : "";
    return `Signed by this site${signedBy ? `, ${signedBy}` : ""}${until}`;
  }
  if (evidence === "verified") return "You confirmed your address with a code";
  if (evidence === "claimed") return "You gave an address that was not confirmed";
  return "We do not know who you are";
}

/** The time of day in the reader's own way. */
export function timeOf(moment: string): string {
  return new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" }).format(new Date(moment));
}

/** The day as a separator says it: today, yesterday, or the date. */
export function dayOf(moment: string, now: Date): string {
  const day = new Date(moment);
  const ago = Math.round((midnight(now) - midnight(day)) / 86_400_000);
  if (ago === 0 || ago === 1) {
    const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(-ago, "day");
    return words.charAt(0).toLocaleUpperCase() + words.slice(1);
  }
  const year = day.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year }).format(day);
}

function midnight(day: Date): number {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
}
