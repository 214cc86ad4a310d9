/** How the pages about inboxes speak, and what is sent of their forms. Pure. */
import type { Identify, Inbox, InboxChanges, NewKey, Retention } from "./inboxes.ts";

/** What an inbox does with proofs: in short, and what that means. */
export const IDENTIFY: Readonly<Record<Identify, { name: string; help: string }>> = {
  off: { name: "Off", help: "Everybody is anonymous, whatever their page brings." },
  optional: { name: "Optional", help: "Whoever your site signs in is known; everybody else may write all the same." },
  required: { name: "Required", help: "Whoever is not signed in is asked to be." },
};

/** The most that an inbox has of keys at a time. */
export const MAX_KEYS = 5;

/** The longest that closed conversations can be kept for, in days, unless it is for good. */
export const MAX_DAYS = 3650;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const KID = /^[A-Za-z0-9._-]{1,64}$/;

/** What is wrong with a new inbox before it is sent, by field. */
export function newInboxReasons(name: string, title: string, taken: readonly string[]): Record<string, string> {
  const reasons: Record<string, string> = {};
  if (name === "") reasons["name"] = "It needs a name.";
  else if (!NAME.test(name)) reasons["name"] = "Letters, digits, - and _, beginning with a letter or digit; 64 at most.";
  else if (taken.includes(name)) reasons["name"] = "There is one of this name.";
  if (title === "") reasons["title"] = "It needs a title.";
  return reasons;
}

/** What is wrong with an inbox's settings before they are sent, by field. */
export function inboxReasons(draft: Inbox): Record<string, string> {
  const reasons: Record<string, string> = {};
  if (draft.title.trim() === "") reasons["title"] = "It needs a title: visitors read it above the chat.";
  return reasons;
}

/** What of *draft* is not as it was; nothing else is sent, so that two people can change two things. */
export function changesOf(was: Inbox, draft: Inbox): InboxChanges {
  const changes: InboxChanges = {};
  if (draft.title !== was.title) changes.title = draft.title.trim();
  if (draft.answeredBy !== was.answeredBy) changes.answeredBy = draft.answeredBy;
  if (draft.welcome !== was.welcome) changes.welcome = draft.welcome;
  if (draft.identification !== was.identification) changes.identification = draft.identification;
  if (draft.enforced !== was.enforced) changes.enforced = draft.enforced;
  if ([...draft.props].sort().join(" ") !== [...was.props].sort().join(" ")) changes.props = draft.props;
  return changes;
}

/** What is wrong with how long things are kept, or "". */
export function daysReason(text: string): string {
  const days = Number(text);
  if (/^\d+$/.test(text.trim()) && days >= 1 && days <= MAX_DAYS) return "";
  return `A whole number of days, from 1 to ${MAX_DAYS}.`;
}

/** How long an inbox keeps things, in a sentence. */
export function retentionWords(rule: Retention): string {
  const days = rule.keepClosedDays;
  if (days === null) return "Closed conversations are kept for good.";
  return `Closed conversations are removed after ${days === 1 ? "one day" : `${days} days`}.`;
}

/** What is wrong with a new key before it is sent, by field. */
export function keyReasons(key: NewKey): Record<string, string> {
  const reasons: Record<string, string> = {};
  if (key.kid && !KID.test(key.kid)) reasons["kid"] = "Letters, digits, dots, dashes and underscores; 64 at most.";
  if (key.algorithm === "HS256") return reasons;
  const pem = key.publicKey ?? "";
  if (pem.includes("PRIVATE KEY")) reasons["publicKey"] = "This is the private key. Keep it; paste the public one.";
  else if (!pem.includes("BEGIN PUBLIC KEY")) reasons["publicKey"] = "Paste the public key in PEM, beginning with -----BEGIN PUBLIC KEY-----.";
  return reasons;
}

/** What is done in your page so that the chat is there, and knows who is signed in. */
export function snippet(origin: string, inbox: string, { signedIn }: { signedIn: boolean }): string {
  const loader = `<script id="hs-script-loader" async defer src="${origin}/widget/${inbox}.js"></script>`;
  if (!signedIn) return loader;
  return `<script>
  window.hsConversationsSettings = {
    identificationEmail: "THE ADDRESS OF WHO IS SIGNED IN",
    identificationToken: "THE TOKEN THAT YOUR BACKEND MADE FOR THEM",
  };
</script>
${loader}`;
}
