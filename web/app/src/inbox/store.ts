/**
 * The inbox as it is now: the lists, the opened threads, and the live feed that keeps both.
 *
 * The feed is followed from the position the first list was read at, so nothing can fall
 * between the two. All merging is in `feed.ts`; this only asks, and puts the answers in.
 */
import type { Status } from "@callingcard/kit/api.ts";
import type { Problem, RequestOptions } from "@callingcard/kit/request.ts";
import { Reader, type Arrival, type LinkState } from "@callingcard/kit/sync/reader.ts";
import { computed, signal } from "@preact/signals";

import { call, session } from "../session/session.ts";
import { problemFrom } from "../ui/states.tsx";
import {
  EMPTY,
  leavesGap,
  unreadCount,
  withConversations,
  withEntries,
  withEntry,
  withNotes,
  without,
  withRead,
  type Inbox,
} from "./feed.ts";
import { closeHouse, openHouse, signs } from "./house.ts";
import { arrivedInLog, resumeOutboxes } from "./sending.ts";
import type { Conversation, ConversationPage, Entry, FeedEvent, Note, Sign, View } from "./types.ts";

/** How far a view's list, or a thread, has been read. */
export interface Loading {
  state: "loading" | "ready" | "failed";
  problem: Problem | null;
  /** The cursor of the next page; null when there is none. */
  next: string | null;
}

const PATH = "/v1/inbox/conversations";
const LIST_SIZE = 50;
const THREAD_SIZE = 100;
const NOTES_SIZE = 200;
const COUNT_MS = 1_500; // counts follow the news, but not each of a busy minute's by itself

export const inbox = signal<Inbox>(EMPTY);
export const view = signal<View>("all");
export const counts = signal<ReadonlyMap<View, number>>(new Map());
export const searchWords = signal("");
export const lists = signal<ReadonlyMap<View, Loading>>(new Map());
export const threads = signal<ReadonlyMap<string, Loading>>(new Map());
export const link = signal<LinkState>("live");
export const unread = computed(() => unreadCount(inbox.value));

const reader = new Reader(
  { url: feedAddress, headers: () => ({}), unpack },
  {
    arrived: (arrival) => {
      // In a stream, the event's name stands beside its data.
      take({ ...(arrival.data as FeedEvent), event: arrival.event } as FeedEvent);
    },
    reset: startOver,
    ended: () => {
      session.value = null;
    },
    state: (state) => {
      link.value = state;
      if (state === "waiting") signs.value = []; // who knows what they do by now
    },
    live: (data) => {
      signs.value = (data as { signs?: readonly Sign[] }).signs ?? [];
    },
  },
  { gapless: false },
);

/** Read the first list and follow the feed from there. */
export async function openInbox(): Promise<void> {
  resumeOutboxes();
  openHouse();
  await showView(view.value);
}

/** Let go of everything that belongs to the agent who leaves. */
export function closeInbox(): void {
  reader.stop();
  closeHouse();
  clearTimeout(counting);
  counting = undefined;
  inbox.value = EMPTY;
  lists.value = new Map();
  threads.value = new Map();
  counts.value = new Map();
  searchWords.value = "";
}

/** The network or the reader is back: do not wait out the pause. */
export function wakeInbox(): void {
  reader.wake();
}

/** Show *next*, reading its first page unless it is there already. */
export async function showView(next: View): Promise<void> {
  view.value = next;
  const known = lists.value.get(next);
  if (known === undefined || known.state === "failed") await readList(next, null);
}

/** Read the page after those shown in the current view. */
export async function showMore(): Promise<void> {
  const known = lists.value.get(view.value);
  if (known?.next && known.state === "ready") await readList(view.value, known.next);
}

async function readList(which: View, after: string | null): Promise<void> {
  mark(lists, which, { state: "loading", problem: null, next: after });
  const query = new URLSearchParams({ view: which, limit: String(LIST_SIZE) });
  if (after !== null) query.set("after", after);
  try {
    const page = await call<ConversationPage>(`${PATH}?${query.toString()}`);
    inbox.value = withConversations(inbox.value, page.results);
    mark(lists, which, { state: "ready", problem: null, next: page.next });
    if (!reader.running) reader.start(page.feed);
    countSoon(0);
  } catch (error) {
    mark(lists, which, { state: "failed", problem: problemFrom(error), next: after });
  }
}

/** Read the newest entries of a conversation, unless its thread is open already. */
export async function openThread(id: string): Promise<void> {
  if (threads.value.get(id)?.state === "ready") return;
  await reading(id, async () => {
    // From here on the feed keeps both current.
    inbox.value = withNotes(withEntries(inbox.value, id, []), id, []);
    const one = await readConversation(id);
    await Promise.all([readEntries(id, Math.max(0, one.head - THREAD_SIZE), one.head), readNotes(id)]);
  });
}

/** Read the entries before those shown. */
export async function showEarlier(id: string): Promise<void> {
  const first = inbox.value.threads.get(id)?.[0]?.seq ?? 1;
  const after = Math.max(0, first - 1 - THREAD_SIZE);
  await reading(id, () => readEntries(id, after, first - 1));
}

async function reading(id: string, read: () => Promise<void>): Promise<void> {
  mark(threads, id, { state: "loading", problem: null, next: null });
  try {
    await read();
    mark(threads, id, { state: "ready", problem: null, next: null });
  } catch (error) {
    mark(threads, id, { state: "failed", problem: problemFrom(error), next: null });
  }
}

async function readConversation(id: string): Promise<Conversation> {
  const one = await call<Conversation>(`${PATH}/${encodeURIComponent(id)}`);
  inbox.value = withConversations(inbox.value, [one]);
  return one;
}

/** Read the entries after *after*, page by page, up to *until* or what is newest by then. */
async function readEntries(id: string, after: number, until = Number.POSITIVE_INFINITY): Promise<void> {
  for (let from = after; from < until; ) {
    const limit = Math.min(200, until - from);
    const page = await call<{ events: Entry[]; head: number }>(`${PATH}/${encodeURIComponent(id)}/entries?after=${from}&limit=${limit}`);
    inbox.value = withEntries(inbox.value, id, page.events);
    const last = page.events.at(-1)?.seq;
    if (last === undefined || last >= page.head) return;
    from = last;
  }
}

/** Read all notes, page by page. */
async function readNotes(id: string): Promise<void> {
  for (let last = ""; ; ) {
    const after = last && `&after=${encodeURIComponent(last)}`;
    const path = `${PATH}/${encodeURIComponent(id)}/notes?limit=${NOTES_SIZE}${after}`;
    const { notes } = await call<{ notes: Note[] }>(path);
    inbox.value = withNotes(inbox.value, id, notes);
    last = notes.length < NOTES_SIZE ? "" : (notes.at(-1)?.id ?? "");
    if (last === "") return;
  }
}

/** Close or reopen a conversation. Throws a `Problem` for the caller to show. */
export async function setStatus(id: string, status: Status): Promise<void> {
  await change(id, "", { method: "PATCH", body: { status } });
}

/** Give a conversation to an agent, or with null take it from whoever has it. Throws a `Problem`. */
export async function assign(id: string, agentId: string | null): Promise<void> {
  await change(id, "/assignee", agentId === null ? { method: "DELETE" } : { method: "PUT", body: { agentId } });
}

/** Put a conversation into a team's queue. Throws a `Problem`. */
export async function sendToTeam(id: string, team: string): Promise<void> {
  await change(id, "/team", { method: "PUT", body: { team } });
}

/** Write *text* for colleagues only; *noteId* makes a repeat the same note. Throws a `Problem`. */
export async function addNote(id: string, noteId: string, text: string): Promise<void> {
  const body = { clientNoteId: noteId, text };
  const note = await call<Note>(`${PATH}/${encodeURIComponent(id)}/notes`, { method: "POST", body });
  inbox.value = withNotes(inbox.value, id, [note]);
}

async function change(id: string, part: string, options: RequestOptions): Promise<void> {
  const one = await call<Conversation>(`${PATH}/${encodeURIComponent(id)}${part}`, options);
  inbox.value = withConversations(inbox.value, [one]);
  countSoon(0);
}

/** Say that everything shown of *id* was read; a mark that fails is set by the next one. */
export async function markRead(id: string): Promise<void> {
  const known = inbox.value.conversations.get(id);
  if (!known || known.agentReadSeq >= known.head) return;
  const seq = known.head;
  inbox.value = withRead(inbox.value, id, seq);
  try {
    await call(`${PATH}/${encodeURIComponent(id)}/read`, { method: "POST", body: { seq } });
  } catch (error) {
    console.warn("callingcard: the read mark was not stored", problemFrom(error).code);
  }
}

function take(news: FeedEvent): void {
  countSoon();
  if (news.event === "gone") {
    forget(news.conversationId);
    return;
  }
  if (news.event !== "entry") {
    const { id } = news.conversation;
    inbox.value = withConversations(inbox.value, [news.conversation]);
    if (news.event === "note" && inbox.value.notes.has(id)) inbox.value = withNotes(inbox.value, id, [news.note]);
    return;
  }
  const { conversationId: id, entry } = news;
  if (!inbox.value.conversations.has(id)) background(readConversation(id));
  if (leavesGap(inbox.value, id, entry)) {
    background(readEntries(id, inbox.value.threads.get(id)?.at(-1)?.seq ?? 0));
  }
  inbox.value = withEntry(inbox.value, id, entry);
  if (entry.clientMessageId) arrivedInLog(id, entry.clientMessageId);
}

/** Nothing of a conversation that was erased stays here; who looks at it is told. */
function forget(id: string): void {
  inbox.value = without(inbox.value, id);
  const marks = new Map(threads.value);
  marks.delete(id);
  threads.value = marks;
}

/** The feed cannot go on from our position: read again what is shown, follow from *head*. */
function startOver(head: number): number {
  const opened = [...threads.value.keys()];
  inbox.value = { ...inbox.value, threads: new Map(), notes: new Map() };
  threads.value = new Map();
  lists.value = new Map();
  background(readList(view.value, null));
  for (const id of opened) background(openThread(id));
  return head;
}

let counting: ReturnType<typeof setTimeout> | undefined;

/** Count again what is in each view, once for all that happens within *delayMs*. */
function countSoon(delayMs = COUNT_MS): void {
  counting ??= setTimeout(() => {
    counting = undefined;
    background(count());
  }, delayMs);
}

async function count(): Promise<void> {
  const answer = await call<{ views: { name: View; count: number }[] }>("/v1/inbox/views");
  counts.value = new Map(answer.views.map((one) => [one.name, one.count]));
}

/** Work nobody waits for; what fails is read again when it is next looked at. */
function background(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    console.warn("callingcard: could not catch up", problemFrom(error).code);
  });
}

function feedAddress(after: number, wait: number | null): string {
  return `/v1/inbox/events?after=${after}${wait === null ? "" : `&wait=${wait}&live=true`}`;
}

function unpack(item: unknown): Arrival {
  const news = item as FeedEvent;
  return { seq: news.feedSeq, event: news.event, data: news };
}

function mark<K>(marks: { value: ReadonlyMap<K, Loading> }, key: K, loading: Loading): void {
  marks.value = new Map(marks.value).set(key, loading);
}
