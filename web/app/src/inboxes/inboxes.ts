/** Inboxes and their keys: their shapes, and the calls to the server. A key's secret comes once and is not kept here. */
import type { components } from "@callingcard/kit/schema.d.ts";

import { call } from "../session/session.ts";

type Schemas = components["schemas"];

/** An inbox, and what it asks of visitors. */
export type Inbox = Schemas["InboxOut"];

/** What an inbox does with a proof of who its visitor is. */
export type Identify = Inbox["identification"];

/** A key that signs visitors' tokens, without what signs. */
export type SigningKey = Schemas["KeyOut"];

/** A new key; `secret` is null for one that is the customer's own. */
export type MadeKey = Schemas["KeyMade"];

/** A program that signs a visitor in. */
export type Example = Schemas["ExampleOut"];

/** How long an inbox keeps what was said in it. */
export type Retention = Schemas["RetentionOut"];

/** What of an inbox is to be changed; what is absent stays. */
export type InboxChanges = Partial<Pick<Inbox, "title" | "answeredBy" | "welcome" | "identification" | "enforced" | "props">>;

/** Which key to trust: one that is made up here, or a public one with its algorithm. */
export interface NewKey {
  kid?: string;
  algorithm: "HS256" | "RS256" | "ES256" | "EdDSA";
  publicKey?: string;
}

/** Where every inbox is listed. */
export const INBOXES = "/v1/inboxes";

/** The address of one inbox in the API. */
export function inboxPath(name: string): string {
  return `${INBOXES}/${encodeURIComponent(name)}`;
}

/** The address of the keys of an inbox. */
export function keysPath(name: string): string {
  return `${inboxPath(name)}/keys`;
}

/** The address of the programs that sign with the key *kid*. */
export function examplesPath(name: string, kid: string): string {
  return `${keysPath(name)}/${encodeURIComponent(kid)}/examples`;
}

/** The address of how long an inbox keeps things. */
export function retentionPath(name: string): string {
  return `${inboxPath(name)}/retention`;
}

/** Read every inbox. */
export async function readInboxes(path: string, signal: AbortSignal): Promise<Inbox[]> {
  return (await call<{ results: Inbox[] }>(path, { signal })).results;
}

/** Read one inbox. */
export function readInbox(path: string, signal: AbortSignal): Promise<Inbox> {
  return call<Inbox>(path, { signal });
}

/** Make an inbox. */
export function makeInbox(name: string, title: string): Promise<Inbox> {
  return call<Inbox>(INBOXES, { method: "POST", body: { name, title } });
}

/** Change some of an inbox. */
export function changeInbox(name: string, changes: InboxChanges): Promise<Inbox> {
  return call<Inbox>(inboxPath(name), { method: "PATCH", body: changes });
}

/** Read how long an inbox keeps things. */
export function readRetention(path: string, signal: AbortSignal): Promise<Retention> {
  return call<Retention>(path, { signal });
}

/** Set how long an inbox keeps things. */
export function putRetention(name: string, rule: Retention): Promise<Retention> {
  return call<Retention>(retentionPath(name), { method: "PUT", body: rule });
}

/** Read the keys of an inbox that count. */
export async function readKeys(path: string, signal: AbortSignal): Promise<SigningKey[]> {
  return (await call<{ results: SigningKey[] }>(path, { signal })).results;
}

/** Make or trust a key. */
export function makeKey(inbox: string, key: NewKey): Promise<MadeKey> {
  return call<MadeKey>(keysPath(inbox), { method: "POST", body: key });
}

/** Trust a key no more. */
export function revokeKey(inbox: string, kid: string): Promise<void> {
  return call(`${keysPath(inbox)}/${encodeURIComponent(kid)}`, { method: "DELETE" });
}

/** Read the programs that sign with a key. */
export async function readExamples(path: string, signal: AbortSignal): Promise<Example[]> {
  return (await call<{ results: Example[] }>(path, { signal })).results;
}

/** A property of contacts that tokens may be allowed to state. */
export interface Stateable {
  name: string;
  label: string;
}

/** Where it is said which properties there are. */
export const PROPERTIES = "/v1/properties";

/** Read which properties a token may be allowed to state: those of contacts that can be written. */
export async function readStateable(path: string, signal: AbortSignal): Promise<Stateable[]> {
  const { results } = await call<{ results: { name: string; label: string; writable: boolean }[] }>(path, { signal });
  return results
    .filter((one) => one.writable && one.name.startsWith("contact."))
    .map((one) => ({ name: one.name.slice("contact.".length), label: one.label }))
    .filter((one) => !SAID_ELSEWHERE.has(one.name));
}

/** What a token says in claims of their own. */
const SAID_ELSEWHERE = new Set(["email", "firstname", "lastname"]);
