/**
 * What each level of evidence is called, and why somebody has it, in words.
 *
 * The words are here once so that inbox, contact page, widget and debugger agree.
 */
import type { Evidence } from "../api.ts";

/** What is known about a signature; absent for contacts, whose proofs have come and gone. */
export interface Signature {
  signedBy?: string | null;
  signedUntil?: string | null;
}

const LABELS: Readonly<Record<Evidence, string>> = {
  anonymous: "Anonymous",
  claimed: "Claimed",
  verified: "Verified",
  signed: "Signed",
};

const REASONS: Readonly<Record<Evidence, string>> = {
  anonymous: "Nobody has said who this is",
  claimed: "Gave this address; nothing proves it",
  verified: "Proved this address with a one-time code",
  signed: "Vouched for by the site they signed in to",
};

/** The one word for *evidence*. */
export function labelOf(evidence: Evidence): string {
  return LABELS[evidence];
}

/** Why a visitor has *evidence*: "Signed by key 2026-11, until 23:40". */
export function reasonFor(evidence: Evidence, signature: Signature = {}, now = new Date()): string {
  if (evidence !== "signed" || !signature.signedBy) return REASONS[evidence];
  const by = `Signed by ${signature.signedBy}`;
  return signature.signedUntil ? `${by}, until ${moment(new Date(signature.signedUntil), now)}` : by;
}

/** The time of day, with the date when it is not today's: an old signature must look old. */
function moment(when: Date, now: Date): string {
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const today = when.toDateString() === now.toDateString();
  return when.toLocaleString(undefined, today ? time : { day: "numeric", month: "short", ...time });
}
