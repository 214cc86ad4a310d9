/** What can be asked of one contact, and done to it. */
import { call } from "../session/session.ts";
import { contactPath } from "./store.ts";
import type { Contact, Deed, Merge, Property, Receipt, Related } from "./types.ts";

/** The properties that contacts can have. */
export const PROPERTIES = "/v1/contacts/properties";

/** Read the properties that contacts can have, in the order of forms. */
export async function readProperties(path: string, signal: AbortSignal): Promise<Property[]> {
  return (await call<{ properties: Property[] }>(path, { signal })).properties;
}

/** Read what a contact belongs to. */
export function readRelated(path: string, signal: AbortSignal): Promise<Related> {
  return call<Related>(path, { signal });
}

/** Read the merges that a contact survived or went into, newest first. */
export async function readMerges(path: string, signal: AbortSignal): Promise<Merge[]> {
  return (await call<{ results: Merge[] }>(path, { signal })).results;
}

/** Read what was done to a contact, out of the audit log; only operators may. */
export async function readDeeds(path: string, signal: AbortSignal): Promise<Deed[]> {
  return (await call<{ results: Deed[] }>(path, { signal })).results;
}

/** Find contacts to merge with: names, addresses and companies are searched. */
export async function findOthers(words: string, signal: AbortSignal): Promise<Contact[]> {
  const query = new URLSearchParams({ query: words, limit: "8" });
  return (await call<{ results: Contact[] }>(`/v1/contacts?${query.toString()}`, { signal })).results;
}

/** Change *properties* of a contact; an empty text clears one. Throws a `Problem` with its fields. */
export function changeContact(id: string, properties: Readonly<Record<string, string>>): Promise<Contact> {
  return call<Contact>(contactPath(id), { method: "PATCH", body: { properties } });
}

/** Let *otherId* go into the contact *survivorId*. */
export async function mergeContacts(survivorId: string, otherId: string): Promise<void> {
  await call(`${contactPath(survivorId)}/merge`, { method: "POST", body: { other: otherId } });
}

/** Make two contacts of a merged one again. */
export async function undoMerge(mergeId: string): Promise<void> {
  await call(`/v1/merges/${encodeURIComponent(mergeId)}/undo`, { method: "POST" });
}

/** Sign a contact out of every browser; say how many sessions ended. */
export async function endSessions(id: string): Promise<number> {
  return (await call<{ ended: number }>(`${contactPath(id)}/sessions`, { method: "DELETE" })).ended;
}

/** Forget a person everywhere and for good. */
export function erasePerson(contactId: string): Promise<Receipt> {
  return call<Receipt>("/v1/people/erase", { method: "POST", body: { contactId }, timeoutMs: 120_000 });
}
