/** Merging conversations of one person, and what is read of those that were merged. */
import { call } from "../../session/session.ts";
import { problemFrom } from "../../ui/states.tsx";
import { withConversations } from "../feed.ts";
import { inbox, openThread } from "../store.ts";
import type { Conversation } from "../types.ts";

interface Several {
  results: Conversation[];
}

/** Read what *id* may be merged into, the newest activity first. Throws a `Problem`. */
export async function readCandidates(id: string, signal: AbortSignal): Promise<readonly Conversation[]> {
  return (await call<Several>(pathOf(id, "mergeable"), { signal })).results;
}

/** Let *id* go on in another conversation; return which that is now. Throws a `Problem`. */
export async function merge(id: string, into: string): Promise<string> {
  const survivor = await call<Conversation>(pathOf(id, "merge"), { method: "POST", body: { into } });
  inbox.value = withConversations(inbox.value, [survivor]);
  return survivor.id;
}

/** Let *id* go on by itself again. Throws a `Problem`. */
export async function unmerge(id: string): Promise<void> {
  const parted = await call<Conversation>(pathOf(id, "unmerge"), { method: "POST" });
  inbox.value = withConversations(inbox.value, [parted]);
}

/** Read what was merged into *id*, with what was said there. From then on the feed keeps it current. */
export async function readMerged(id: string): Promise<void> {
  try {
    const { results } = await call<Several>(pathOf(id, "merged"));
    inbox.value = withConversations(inbox.value, results);
    await Promise.all(results.map((one) => openThread(one.id)));
  } catch (error) {
    console.warn("callingcard: what was merged could not be read", problemFrom(error).code);
  }
}

function pathOf(id: string, part: string): string {
  return `/v1/inbox/conversations/${encodeURIComponent(id)}/${part}`;
}
