/** How the pages about sites speak: states, kinds and numbers in words. Pure. */
import type { Explanation, Finding, Reload, Site } from "@callingcard/kit/api.ts";

/** How a site is. */
export const HEALTH: Readonly<Record<Site["health"]["state"], string>> = {
  ok: "Well",
  trouble: "In trouble",
  unknown: "Not asked yet",
};

/** Where a site's settings are. */
export const SOURCE: Readonly<Record<Site["source"], string>> = {
  file: "From the file",
  override: "Changed here",
  database: "Only here",
};

/** How visitors prove who they are: in short, and what that means. */
export const PROOF: Readonly<Record<Site["proof"], { name: string; help: string }>> = {
  jwt: { name: "Your backend's token", help: "Your site signs a short-lived JWT for whoever is signed in." },
  jwks: { name: "Your provider's token", help: "Auth0, Clerk, Firebase and others sign it; we check it with their keys." },
  header: { name: "A proxy's headers", help: "A proxy in front of us says who is signed in." },
  key: { name: "A server key only", help: "Only your server asks, with a key; browsers cannot." },
};

/** What becomes of an address that nobody proved: in short, and what that means. */
export const UNVERIFIED: Readonly<Record<Site["unverified"], { name: string; help: string }>> = {
  refuse: { name: "Refused", help: "Only visitors who prove who they are get a token." },
  anonymous: { name: "Chats anonymously", help: "The chat opens without a name; what was said before stays hidden." },
  mint: {
    name: "Gets a token",
    help: "Whoever types an address is believed, and may read what was said under it.",
  },
};

/** How bad a finding is. */
export const LEVEL: Readonly<Record<Finding["level"], string>> = { ok: "Good", warn: "Warning", fail: "Broken" };

/** The share of answers that needed no call, or "" when there were none. */
export function hitRate(site: Pick<Site, "hitRate">): string {
  if (site.hitRate === null) return "";
  // Rounded down: 99.96 % is not "all of them".
  return `${(Math.floor(site.hitRate * 1000) / 10).toLocaleString()} %`;
}

/** What a reload did, a line each; what failed comes first. */
export function reloadLines(done: Reload): { text: string; isProblem: boolean }[] {
  const changed = done.sites.filter((site) => site.changed).map((site) => site.name);
  const lines: { text: string; isProblem: boolean }[] = [];
  if (done.problem) {
    const { message, remedy } = done.problem;
    lines.push({ text: `The file could not be read, so it counts as it was. ${sentences(message, remedy)}`, isProblem: true });
  }
  for (const { name, problem } of done.sites) {
    if (problem) lines.push({ text: `${name} goes on as it was. ${sentences(problem.message, problem.remedy)}`, isProblem: true });
  }
  if (done.restart.length > 0) {
    lines.push({ text: `Changed, but counts after a restart only: ${done.restart.join(", ")}.`, isProblem: true });
  }
  if (changed.length > 0) lines.push({ text: `Changed: ${changed.join(", ")}.`, isProblem: false });
  else if (!done.problem) lines.push({ text: "No site changed.", isProblem: false });
  return lines;
}

/** Texts of the server as sentences: a capital in front, unless a setting's name is there, a stop behind. */
export function sentences(...texts: string[]): string {
  return texts
    .map((text) => text.trim())
    .filter(Boolean)
    .map((text) => (/^[a-z]+['’]?[a-z]*[\s,]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text))
    .map((text) => text + (/[.!?…]$/.test(text) ? "" : "."))
    .join(" ");
}

/** What each step of checking a proof looks at. */
export const CHECK: Readonly<Record<string, string>> = {
  token: "The token",
  key: "Its key",
  signature: "The signature",
  claims: "What it names",
  issuer: "Who made it",
  audience: "Whom it is for",
  "authorized party": "Who asked for it",
  "kind of token": "What kind it is",
  times: "Its times",
  email: "The address",
  visitor: "The visitor",
  fresh: "Its age",
  result: "In the end",
};

/** What comes of a proof, in a sentence. */
export function verdict(found: Explanation): string {
  if (!found.accepted) return "It is refused.";
  const { email, userId } = found.identity ?? { email: null, userId: null };
  const who = [email, userId && `user ${userId}`].filter(Boolean).join(", ");
  return who ? `It is accepted, and proves ${who}.` : "It is accepted.";
}
