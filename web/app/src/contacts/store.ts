/** The list of contacts: searched on the server, read page by page. */
import type { Page } from "@callingcard/kit/api.ts";
import type { Problem } from "@callingcard/kit/request.ts";
import { signal } from "@preact/signals";

import { call } from "../session/session.ts";
import { problemFrom } from "../ui/states.tsx";
import type { Contact, ContactDetail } from "./types.ts";

const SIZE = 50;

/** What was typed into the search field. */
export const query = signal("");

/** What has been read of the list; `words` is the search it answers. */
export const contacts = signal<{
  state: "loading" | "ready" | "failed";
  words: string | null;
  results: readonly Contact[];
  next: string | null;
  problem: Problem | null;
}>({ state: "loading", words: null, results: [], next: null, problem: null });

let asking: AbortController | null = null;

/** Read the first page of what answers *words*; a newer search ends an older one. */
export async function findContacts(words: string): Promise<void> {
  await read(words, null);
}

/** Read the page after those shown. */
export async function moreContacts(): Promise<void> {
  const { next, words } = contacts.value;
  if (next !== null) await read(words ?? "", next);
}

/** Read again what failed. */
export async function retryContacts(): Promise<void> {
  await read(contacts.value.words ?? "", contacts.value.next);
}

/** Read one contact with its conversations. */
export function readContact(path: string, signal: AbortSignal): Promise<ContactDetail> {
  return call<ContactDetail>(path, { signal });
}

/** The address of one contact in the API. */
export function contactPath(id: string): string {
  return `/v1/contacts/${encodeURIComponent(id)}`;
}

/** Forget everything: another agent may sign in. */
export function forgetContacts(): void {
  asking?.abort();
  query.value = "";
  contacts.value = { state: "loading", words: null, results: [], next: null, problem: null };
}

/** What to call a contact who may have given no name. Pure. */
export function contactName(contact: Pick<Contact, "firstName" | "lastName" | "email">): string {
  const name = [contact.firstName, contact.lastName].filter(Boolean).join(" ");
  return name || contact.email || "No name";
}

/** A property in words; an absent one is "". Pure. */
export function propertyText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  return typeof value === "number" ? value.toLocaleString() : JSON.stringify(value);
}

async function read(words: string, after: string | null): Promise<void> {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  const before = after === null ? [] : contacts.value.results;
  contacts.value = { ...contacts.value, state: "loading", words, problem: null };
  try {
    const page = await call<Page<Contact>>(address(words, after), { signal: mine.signal });
    const results = [...before, ...page.results];
    contacts.value = { state: "ready", words, results, next: page.next, problem: null };
  } catch (error) {
    if (mine.signal.aborted) return;
    contacts.value = { state: "failed", words, results: before, next: after, problem: problemFrom(error) };
  }
}

function address(words: string, after: string | null): string {
  const parameters = new URLSearchParams({ limit: String(SIZE) });
  if (words.trim()) parameters.set("query", words.trim());
  if (after !== null) parameters.set("after", after);
  return `/v1/contacts?${parameters.toString()}`;
}
