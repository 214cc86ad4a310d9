/**
 * The ways in which a connector shows who it is, as words and as fields of a form. Pure.
 *
 * A field that holds a secret names where it is kept; its value travels apart, one way.
 */
import type { Json } from "../functions/types.ts";

/** The kinds there are; "none" is a service that asks for nothing, "other" one that this form does not know. */
export type AuthKind = "none" | "bearer" | "header" | "query" | "basic" | "oauth2" | "url" | "hmac" | "other";

/** One field of a way to show who it is. */
export interface AuthField {
  name: string;
  label: string;
  help?: string;
  /** Kept in the sealed store; the definition holds the name it has there. */
  isSecret?: boolean;
  isOptional?: boolean;
  /** Several, one a line. */
  isList?: boolean;
}

/** Every kind in words. */
export const AUTH_KINDS: readonly (readonly [AuthKind, string])[] = [
  ["none", "Nothing"],
  ["bearer", "A token in the Authorization header"],
  ["header", "A key in another header"],
  ["query", "A key in the query of every address"],
  ["basic", "User name and password"],
  ["oauth2", "OAuth 2.0"],
  ["url", "A secret address (webhook)"],
  ["hmac", "A key that signs, and is sent nowhere"],
];

/** The grants of OAuth 2.0 that need nobody to sign in. */
export const GRANTS: readonly (readonly [string, string])[] = [
  ["client_credentials", "Client credentials"],
  ["refresh_token", "Refresh token"],
];

const NEEDED: Readonly<Record<AuthKind, readonly AuthField[]>> = {
  none: [],
  bearer: [{ name: "secret", label: "Token", isSecret: true }],
  header: [
    { name: "name", label: "Header", help: "Such as X-Api-Key." },
    { name: "prefix", label: "Before the key", help: "Such as Token and a space, where the service wants a word there.", isOptional: true },
    { name: "secret", label: "Key", isSecret: true },
  ],
  query: [
    { name: "name", label: "Parameter", help: "Such as api_key." },
    { name: "secret", label: "Key", isSecret: true },
  ],
  basic: [
    { name: "username", label: "User name" },
    { name: "password", label: "Password", isSecret: true },
  ],
  oauth2: [
    { name: "token_url", label: "Token address", help: "Where the service gives tokens out." },
    { name: "client_id", label: "Client id" },
    { name: "client_secret", label: "Client secret", isSecret: true },
    { name: "scope", label: "Scopes", help: "Separated by spaces.", isOptional: true },
    { name: "audience", label: "Audience", isOptional: true },
  ],
  url: [
    { name: "secret", label: "Address", help: "The whole of it, as the service gave it to you.", isSecret: true },
    { name: "hosts", label: "Its hosts", help: "One a line, such as hooks.slack.com or *.example.com. It is never sent elsewhere.", isList: true },
  ],
  hmac: [{ name: "secret", label: "Key", help: "What a visitor’s address is signed with, for chats that check it.", isSecret: true }],
  other: [],
};

const REFRESH: AuthField = { name: "refresh_token", label: "Refresh token", isSecret: true };

/** The fields of *kind*; with OAuth 2.0 the *grant* decides too. */
export function authFields(kind: AuthKind, grant: string): readonly AuthField[] {
  const fields = NEEDED[kind];
  if (kind !== "oauth2" || grant !== "refresh_token") return fields;
  return fields.flatMap((field) =>
    field.name === "client_secret" ? [{ ...field, isOptional: true, help: "Some services need none to renew." }, REFRESH] : [field],
  );
}

/** The name under which the field *field* of the connector *connector* is kept, unless somebody says otherwise. */
export function secretName(connector: string, field: string): string {
  const what = { secret: "KEY", password: "PASSWORD", client_secret: "CLIENT_SECRET", refresh_token: "REFRESH_TOKEN" }[field];
  return `${connector.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}_${what ?? field.toUpperCase()}`.slice(0, 64);
}

/** The kind of *auth* as a definition or the server has it. */
export function kindOf(auth: Json | undefined): AuthKind {
  const kind = typeof auth === "object" && auth !== null && !Array.isArray(auth) ? auth["kind"] : undefined;
  if (kind === undefined) return "none";
  return AUTH_KINDS.find(([known]) => known === kind)?.[0] ?? "other";
}

/** Whether a connector of *kind* is somewhere that calls are sent to. */
export function hasAddress(kind: AuthKind): boolean {
  return kind !== "url" && kind !== "hmac";
}

/** How a connector shows who it is, in a few words. */
export function authWords(auth: Record<string, Json> | null): string {
  const text = (name: string): string => (typeof auth?.[name] === "string" ? auth[name] : "");
  const words: Record<AuthKind, string> = {
    none: "Nothing",
    bearer: "Bearer token",
    header: `Key in ${text("name")}`,
    query: `Key in ?${text("name")}=`,
    basic: "User name and password",
    oauth2: `OAuth 2.0, ${text("grant") === "refresh_token" ? "refresh token" : "client credentials"}`,
    url: "Secret address",
    hmac: "Signatures",
    other: text("kind"),
  };
  return words[kindOf(auth ?? undefined)];
}
