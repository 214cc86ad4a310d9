/**
 * A connector as a form holds it, and what is sent of it.
 *
 * Pure. Whatever of a definition the form has no field for (operations, schemas, headers)
 * goes back as it came.
 */
import type { Json } from "../functions/types.ts";
import type { Entry } from "../sites/form/draft.ts";
import { authFields, hasAddress, kindOf, secretName, type AuthField, type AuthKind } from "./auth.ts";
import type { Connector, ConnectorGiven, Definition } from "./connectors.ts";

/** What the fields hold. */
export interface Draft {
  name: string;
  title: string;
  baseUrl: string;
  isPrivate: boolean;
  kind: AuthKind;
  grant: string;
  /** The public fields of every kind, by name, so that trying another kind loses nothing. */
  fields: Record<string, string>;
  /** What is typed of secrets, by field; `stored` when one is kept already. */
  secrets: Record<string, Entry>;
  /** Under which name each secret is kept. */
  names: Record<string, string>;
  allow: string;
  timeout: string;
  check: string;
  /** An OpenAPI document as text; "" keeps what there is. */
  document: string;
}

/** Where an OpenAPI document is said to be when it came by this form. */
const DOCUMENT = "openapi.json";

/** The fields of a connector that is there, or of a definition to begin with. */
export function draftOf(name: string, definition: Definition, stored: Connector["secrets"] = []): Draft {
  const auth = tableOf(definition["auth"]);
  const kind = kindOf(auth);
  const grant = textOf(auth["grant"]) || "client_credentials";
  const draft: Draft = {
    name,
    title: textOf(definition["title"]),
    baseUrl: textOf(definition["base_url"]),
    isPrivate: definition["private"] === true,
    kind,
    grant,
    fields: {},
    secrets: {},
    names: {},
    allow: listOf(definition["allow"]).join("\n"),
    timeout: textOf(definition["timeout"]),
    check: textOf(definition["check"]),
    document: "",
  };
  for (const [field, value] of Object.entries(auth)) {
    const secret = nameIn(kind, field, value);
    if (secret === null) draft.fields[field] = Array.isArray(value) ? listOf(value).join("\n") : textOf(value);
    else {
      draft.names[field] = secret;
      draft.secrets[field] = { text: "", stored: stored.some((one) => one.name === secret && one.set) };
    }
  }
  return draft;
}

/** The field names that hold secrets now: those of the kind, and what a definition keeps secret beyond. */
export function secretFields(draft: Draft): string[] {
  return authFields(draft.kind, draft.grant)
    .filter((field) => field.isSecret === true || isHidden(draft, field.name))
    .map((field) => field.name);
}

/** Whether a field that is public for most, such as a client id, is kept as a secret here. */
export function isHidden(draft: Draft, field: string): boolean {
  return (field === "username" || field === "client_id") && field in draft.names;
}

/** The name that the secret of *field* is kept under. */
export function nameOf(draft: Draft, field: string): string {
  return draft.names[field]?.trim() || secretName(draft.name || "connector", field);
}

/** What is sent for *draft*, over the definition it began with. */
export function givenOf(draft: Draft, base: Definition): ConnectorGiven {
  const fields: [string, Json][] = [
    ["title", draft.title.trim()],
    ["base_url", hasAddress(draft.kind) ? draft.baseUrl.trim() : ""],
    ["private", draft.isPrivate],
    ["allow", linesOf(draft.allow)],
    ["timeout", draft.timeout.trim()],
    ["check", draft.check.trim()],
    ["auth", authOf(draft, tableOf(base["auth"]))],
  ];
  const known = new Set(fields.map(([name]) => name));
  const rest = Object.entries(base).filter(([name]) => !known.has(name));
  const definition: Definition = Object.fromEntries([...fields.filter(([, value]) => !isEmpty(value)), ...rest]);
  const openapi = draft.document.trim() === "" ? null : documentOf(draft.document);
  if (openapi !== null && !("openapi" in definition)) definition["openapi"] = DOCUMENT;
  return { definition, openapi, secrets: valuesOf(draft) };
}

/** What is wrong before anything is sent, by the server's own names of the fields. */
export function draftReasons(draft: Draft, taken: readonly string[]): Record<string, string> {
  const all: Record<string, string> = { name: nameReason(draft.name, taken) };
  if (hasAddress(draft.kind) && draft.baseUrl.trim() === "") all["base_url"] = "It needs an address.";
  for (const field of authFields(draft.kind, draft.grant)) all[`auth.${field.name}`] = fieldReason(draft, field);
  const document = draft.document.trim();
  if (document !== "" && documentOf(document) === null) all["openapi"] = DOCUMENT_REASON;
  return Object.fromEntries(Object.entries(all).filter(([, reason]) => reason !== ""));
}

function nameReason(name: string, taken: readonly string[]): string {
  if (name === "") return "It needs a name.";
  if (taken.includes(name)) return "There is a connector of this name already.";
  if (/^[a-z][a-z0-9_]{0,62}$/.test(name)) return "";
  return "Only small letters, digits and underscores, beginning with a letter: it is a name in Python.";
}

function fieldReason(draft: Draft, field: AuthField): string {
  if (field.isSecret || isHidden(draft, field.name)) {
    const isGood = /^[A-Z][A-Z0-9_]{0,63}$/.test(nameOf(draft, field.name));
    return isGood ? "" : "The name it is kept as has capital letters, digits and underscores.";
  }
  return field.isOptional || draft.fields[field.name]?.trim() ? "" : "This is needed.";
}

/** What is said of a document that cannot be read. */
export const DOCUMENT_REASON = "This is not JSON. Convert YAML to JSON first.";

/** An OpenAPI document out of its text; null when it is not an object in JSON. */
export function documentOf(text: string): Json {
  try {
    const found = JSON.parse(text) as Json;
    return typeof found === "object" && !Array.isArray(found) ? found : null;
  } catch {
    return null;
  }
}

function authOf(draft: Draft, before: Record<string, Json>): Json {
  if (draft.kind === "none") return null;
  if (draft.kind === "other") return before;
  const auth: Record<string, Json> = { kind: draft.kind };
  if (draft.kind === "oauth2") {
    auth["grant"] = draft.grant;
    if (before["client_auth"] !== undefined) auth["client_auth"] = before["client_auth"];
  }
  for (const field of authFields(draft.kind, draft.grant)) {
    const value = authValue(draft, field);
    if (value !== "") auth[field.name] = value;
  }
  return auth;
}

/** What the definition holds of *field*; "" leaves it out. */
function authValue(draft: Draft, field: AuthField): Json {
  const { name } = field;
  const text = draft.fields[name]?.trim() ?? "";
  if (isHidden(draft, name)) return { secret: nameOf(draft, name) };
  if (field.isSecret) return field.isOptional && !hasSecret(draft, name) ? "" : nameOf(draft, name);
  if (name === "prefix") return draft.fields[name] ?? ""; // it ends in a space that counts
  return field.isList ? linesOf(text) : text;
}

function hasSecret(draft: Draft, field: string): boolean {
  const entry = draft.secrets[field];
  return entry !== undefined && (entry.stored || entry.text !== "");
}

/** The values that were typed, by the names they are kept under. */
function valuesOf(draft: Draft): Record<string, string> {
  const values: Record<string, string> = {};
  for (const field of secretFields(draft)) {
    const text = draft.secrets[field]?.text ?? "";
    if (text !== "") values[nameOf(draft, field)] = text;
  }
  return values;
}

/** The name of the secret that *field* of a definition names, or null when its value is public. */
function nameIn(kind: AuthKind, field: string, value: Json): string | null {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return textOf(value["secret"]);
  const isSecret = [...authFields(kind, ""), ...authFields(kind, "refresh_token")].some(
    (one) => one.name === field && one.isSecret,
  );
  return isSecret ? textOf(value) : null;
}

function isEmpty(value: Json): boolean {
  return value === "" || value === false || value === null || (Array.isArray(value) && value.length === 0);
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function tableOf(value: Json | undefined): Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function listOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}
