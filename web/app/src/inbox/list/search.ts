/** Finding conversations by what was said in them, noted about them, or who is in them. */
import type { Problem } from "@callingcard/kit/request.ts";
import { signal } from "@preact/signals";

import { call } from "../../session/session.ts";
import { problemFrom } from "../../ui/states.tsx";
import { withConversations } from "../feed.ts";
import { inbox } from "../store.ts";
import type { Hit } from "../types.ts";

/** How many are asked for: who needs more words has too few. */
export const MOST = 50;

/** What was found for which words; `words` is null until something was looked for. */
export const found = signal<{ words: string | null; hits: readonly Hit[]; problem: Problem | null }>({
  words: null,
  hits: [],
  problem: null,
});

let asking: AbortController | null = null;

/** Look for *words*; a newer search ends an older one, and "" ends them all. */
export async function find(words: string): Promise<void> {
  asking?.abort();
  if (words === "") {
    found.value = { words: null, hits: [], problem: null };
    return;
  }
  const mine = new AbortController();
  asking = mine;
  const query = new URLSearchParams({ q: words, limit: String(MOST) });
  try {
    const { results } = await call<{ results: Hit[] }>(`/v1/inbox/search?${query.toString()}`, { signal: mine.signal });
    inbox.value = withConversations(inbox.value, results.map((hit) => hit.conversation));
    found.value = { words, hits: results, problem: null };
  } catch (error) {
    if (!mine.signal.aborted) found.value = { words, hits: [], problem: problemFrom(error) };
  }
}
