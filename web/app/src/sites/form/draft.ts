/**
 * What is being written into a site's form, and what of it is sent.
 *
 * Invariant: a secret that the server holds is never here; only that there is one.
 */
import type { Platform, SiteGiven, SiteSettings } from "@callingcard/kit/api.ts";

import type { Reasons } from "../../forms/sending.ts";

/** One of a platform's arguments, as the platform declares it. */
export type Argument = Platform["arguments"][number];

/** A text in the form; *stored* says that the server holds a secret that counts while *text* is empty. */
export interface Entry {
  text: string;
  stored: boolean;
}

/** One key of a site's own backend. */
export interface KeyDraft {
  kid: string;
  algorithm: "HS256" | "RS256" | "ES256" | "EdDSA";
  secret: Entry;
  publicKey: string;
}

/** A site as it is being written; lists are texts with a line for each. */
export interface Draft {
  name: string;
  platform: string;
  origins: string;
  proof: SiteGiven["proof"];
  unverified: SiteGiven["unverified"];
  entries: Record<string, Entry>;
  jwt: { issuer: string; audience: string; keys: KeyDraft[] };
  jwks: Texts;
  header: Texts;
}

/** Plain settings by their path, such as `claims.email`. */
export type Texts = Record<string, string>;

/** What an argument is made of: the platform says it by the default, or the value by its shape. */
export type Kind = "secret" | "text" | "number" | "table";

/** A new key, still empty. */
export function emptyKey(): KeyDraft {
  return { kid: "", algorithm: "HS256", secret: { text: "", stored: false }, publicKey: "" };
}

const NEW: Omit<SiteSettings, "landing"> = {
  platform: "",
  origins: [],
  proof: "jwt",
  unverified: "refuse",
  settings: {},
  jwt: null,
  jwks: null,
  header: null,
};

/** The draft of a site that is *name* with *settings*; without, of a new one. */
export function draftOf(name: string, settings: SiteSettings | null): Draft {
  const { platform, origins, proof, unverified, settings: own, jwt, jwks, header } = settings ?? NEW;
  return {
    name,
    platform,
    origins: origins.join("\n"),
    proof,
    unverified,
    entries: entriesOf(own),
    jwt: jwt
      ? { issuer: jwt.issuer, audience: jwt.audience, keys: jwt.keys.map(keyOf) }
      : { issuer: "", audience: "callingcard", keys: [emptyKey()] },
    jwks: textsOf(jwks ?? { preset: "none" }),
    header: textsOf(header ?? { preset: "none" }),
  };
}

/** *draft* for another platform; coming back to that of *base* brings its arguments back. */
export function withPlatform(draft: Draft, platform: string, base: SiteSettings | null): Draft {
  return { ...draft, platform, entries: platform === base?.platform ? entriesOf(base.settings) : {} };
}

/** Say what *argument* is made of, given what is written for it. */
export function kindOf(argument: Argument, entry: Entry | undefined): Kind {
  if (argument.secret || entry?.stored) return "secret";
  if (typeof argument.default === "number") return "number";
  if (typeof argument.default === "object" && argument.default !== null) return "table";
  // Without a default nothing says what it is; a text with a default may begin with a brace.
  return argument.default === null && entry?.text.trimStart().startsWith("{") ? "table" : "text";
}

/** What to send of *draft*; *base* is what the server holds, whose other parts are kept. */
export function bodyOf(draft: Draft, platform: Platform | undefined, base: SiteSettings | null): SiteGiven {
  const body: SiteGiven = {
    platform: draft.platform,
    origins: lines(draft.origins),
    proof: draft.proof,
    unverified: draft.unverified,
    settings: settingsGiven(draft, platform),
  };
  // A section that is not used now is sent too where there was one: choosing back loses nothing.
  if (draft.proof === "jwt" || base?.jwt) body.jwt = jwtGiven(draft.jwt);
  if (draft.proof === "jwks" || base?.jwks) body.jwks = sectionGiven(draft.jwks) as NonNullable<SiteGiven["jwks"]>;
  if (draft.proof === "header" || base?.header) {
    body.header = sectionGiven(draft.header) as NonNullable<SiteGiven["header"]>;
  }
  if (base) body.landing = base.landing;
  return body;
}

/** What can be seen to be wrong with *draft* before it is sent. */
export function reasonsIn(draft: Draft, platform: Platform | undefined, taken: readonly string[]): Reasons {
  const wrong: Record<string, string> = {};
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(draft.name)) {
    wrong["name"] = "Use up to 64 letters, digits, - and _, beginning with a letter or a digit.";
  } else if (taken.includes(draft.name)) {
    wrong["name"] = "There is a site of this name already; change that one, or choose another name.";
  }
  if (draft.platform === "") wrong["platform"] = "Choose the chat platform.";
  for (const argument of platform?.arguments ?? []) {
    const reason = reasonAgainst(argument, draft.entries[argument.name]);
    if (reason) wrong[`settings.${argument.name}`] = reason;
  }
  return wrong;
}

/** Why *entry* is no good for *argument*, or "". */
function reasonAgainst(argument: Argument, entry: Entry | undefined): string {
  const text = entry?.text.trim() ?? "";
  if (text !== "") return misread(text, kindOf(argument, entry));
  return argument.required && !entry?.stored ? "This is needed." : "";
}

/** The reason for *field*, also when the server names a part of it, as `origins.0`. */
export function reasonFor(reasons: Reasons, field: string): string {
  const parts = Object.keys(reasons).filter(
    (name) => name.startsWith(`${field}.`) && /^\d+$/.test(name.slice(field.length + 1)),
  );
  return [reasons[field], ...parts.map((name) => reasons[name])].filter(Boolean).join(" ");
}

/** The lines of *text* that say something. */
export function lines(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter(Boolean);
}

function entriesOf(settings: Record<string, unknown>): Record<string, Entry> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      isSecret(value) ? { text: "", stored: value.set } : { text: asText(value), stored: false },
    ]),
  );
}

function isSecret(value: unknown): value is { set: boolean } {
  return typeof value === "object" && value !== null && "set" in value && Object.keys(value).length === 1;
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

type KeyShown = NonNullable<SiteSettings["jwt"]>["keys"][number];

function keyOf(key: KeyShown): KeyDraft {
  return {
    kid: key.kid,
    algorithm: key.algorithm,
    secret: { text: "", stored: key.secret.set },
    publicKey: key.publicKey,
  };
}

/** Nested plain settings as texts by their path. */
function textsOf(section: object, before = ""): Texts {
  const found: Texts = {};
  for (const [name, value] of Object.entries(section) as [string, unknown][]) {
    if (Array.isArray(value)) found[before + name] = value.join("\n");
    else if (typeof value === "object" && value !== null) Object.assign(found, textsOf(value, `${before}${name}.`));
    else found[before + name] = typeof value === "string" || typeof value === "boolean" ? String(value) : "";
  }
  return found;
}

const LISTS = new Set(["algorithms", "parties", "trustedPeers"]);
const SWITCHES = new Set(["trustEmail", "emailVerified"]);

/** The texts as nested settings again; empty ones are left to their defaults. */
function sectionGiven(texts: Texts): object {
  const given: Record<string, unknown> = {};
  for (const [path, text] of Object.entries(texts)) {
    const [name = "", inner] = path.split(".");
    if (LISTS.has(path)) given[path] = lines(text);
    else if (text.trim() === "") continue;
    else if (SWITCHES.has(path)) given[path] = text === "true";
    else if (inner === undefined) given[path] = text.trim();
    else given[name] = { ...(given[name] as object | undefined), [inner]: text.trim() };
  }
  return given;
}

function settingsGiven(draft: Draft, platform: Platform | undefined): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  const known = new Map((platform?.arguments ?? []).map((argument) => [argument.name, argument]));
  for (const [name, entry] of Object.entries(draft.entries)) {
    const argument = known.get(name) ?? { name, secret: false, required: false, default: null, help: "" };
    if (entry.text.trim() !== "") given[name] = read(entry.text, kindOf(argument, entry));
    else if (entry.stored) given[name] = { keep: true };
  }
  return given;
}

function jwtGiven(jwt: Draft["jwt"]): NonNullable<SiteGiven["jwt"]> {
  return {
    issuer: jwt.issuer.trim(),
    audience: jwt.audience.trim(),
    keys: jwt.keys.map((key) => {
      const given = { kid: key.kid.trim(), algorithm: key.algorithm, publicKey: "" };
      if (key.algorithm !== "HS256") return { ...given, publicKey: key.publicKey.trim() };
      if (key.secret.text !== "") return { ...given, secret: key.secret.text };
      return key.secret.stored ? { ...given, secret: { keep: true } } : given;
    }),
  };
}

/** Why *text* cannot be read as *kind*, or "". */
function misread(text: string, kind: Kind): string {
  if (kind === "number") return Number.isFinite(Number(text)) ? "" : "This must be a number.";
  if (kind !== "table") return "";
  try {
    JSON.parse(text);
    return "";
  } catch {
    return 'This must be JSON, such as {"email": "{email}"}.';
  }
}

function read(text: string, kind: Kind): unknown {
  if (kind === "secret") return text;
  if (kind === "number") return Number(text);
  return kind === "table" ? JSON.parse(text) : text.trim();
}

/** The fields of *draft* that show a reason beside them; what the server says of others stands alone. */
export function fieldsOf(draft: Draft, platform: Platform | undefined): Set<string> {
  const fields = ["name", "platform", "origins", "proof", "unverified", "settings", draft.proof];
  for (const argument of platform?.arguments ?? []) fields.push(`settings.${argument.name}`);
  const sections = { jwks: draft.jwks, header: draft.header };
  if (draft.proof === "jwt") {
    fields.push("jwt.issuer", "jwt.audience");
    draft.jwt.keys.forEach((_, place) => {
      for (const part of ["", ".kid", ".algorithm", ".secret", ".publicKey"]) fields.push(`jwt.keys.${place}${part}`);
    });
  } else if (draft.proof !== "key") {
    for (const path of Object.keys(sections[draft.proof])) fields.push(`${draft.proof}.${path}`);
  }
  return new Set(fields);
}
