/** The frame's own words, and dates in the reader's locale. */

import type { Queue, Session } from "./protocol.ts";

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
  merged: "Another conversation of yours goes on here.",
  parted: "Your other conversation goes on by itself again.",
  greeting: "Hi, how can we help?",
  newer: "New messages",
  bot: "Automatic reply",
  answers: "Answers",
  form: "Form",
  choose: "Choose…",
  yes: "Yes",
  no: "No",
  optional: "optional",
  sendForm: "Send answers",
  past: "Your conversations",
  back: "Back to the chat",
  begin: "New conversation",
  current: "Open now",
  over: "Closed",
  noneYet: "You have no conversations yet. What you write here will be found again on every device you sign in on.",
  reading: "Reading your conversations…",
  listFailed: "Your conversations cannot be read right now. Try again in a moment.",
  moveFailed: "This conversation cannot be opened right now. Try again in a moment.",
  stillSending: "Your last message is still being sent. Try again when it is.",
  again: "Try again",
  confirm: "Confirm your address",
  confirmWhy: "We send you a code. With it you find your conversations again on other devices, and we know it is you.",
  email: "E-mail address",
  sendCode: "Send the code",
  code: "Code",
  check: "Confirm",
  otherAddress: "Use another address",
  newCode: "Send a new code",
  noAddress: "This does not look like an e-mail address. Check it, please.",
  sixDigits: "The code has six digits.",
  wrongCode: "That is not the code, or it is too old. Check it, or ask for a new one.",
  noCodes: "No code can be sent right now. Write to us without it.",
  unreachable: "We cannot be reached right now. Try again in a moment.",
  silenced: "Only known visitors can write here. Sign in on this site first.",
  silencedCode: "Only known visitors can write here. Confirm your address first.",
  tooMany: (minutes: number) => `That was often. Wait ${minutes} ${minutes === 1 ? "minute" : "minutes"}, then ask for a new code.`,
  codeSent: (email: string) => `We sent a code to ${email}. It is good for ten minutes.`,
} as const;

/** What the launcher says to those who hear it. */
export function launcherLabel(unread: number): string {
  if (unread === 0) return WORDS.open;
  return `${WORDS.open}, ${unread} unread ${unread === 1 ? "message" : "messages"}`;
}

/** Who is typing. */
export function typingLine(names: readonly string[]): string {
  if (names.length === 0) return "";
  return names.length === 1 ? `${names[0] ?? ""} is typing…` : "Several people are typing…";
}

/** How long it takes until somebody answers, as far as it is known. */
export function queueLine({ position, opensAt }: Queue, now: Date): string {
  if (opensAt) return `We are away right now, and back ${momentOf(opensAt, now)}. Your message is kept, and we answer it then.`;
  return position === 1 ? "You are next. Somebody will be with you soon." : `You are number ${position} in the queue.`;
}

/** A moment to come: the time alone when it is today. */
function momentOf(moment: string, now: Date): string {
  const at = new Date(moment);
  const days = Math.round((midnight(at) - midnight(now)) / 86_400_000);
  if (days === 0) return `at ${timeOf(moment)}`;
  if (days === 1) return `tomorrow at ${timeOf(moment)}`;
  return `on ${new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" }).format(at)} at ${timeOf(moment)}`;
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

/** When something was, as a list says it: the time today, the day before that. */
export function whenOf(moment: string, now: Date): string {
  return midnight(new Date(moment)) === midnight(now) ? timeOf(moment) : dayOf(moment, now);
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
