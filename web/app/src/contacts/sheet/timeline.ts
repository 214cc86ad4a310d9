/** What happened with a contact, newest first, out of what different parts of the desk know. Pure. */
import type { ContactDetail, Deed, Merge } from "../types.ts";

/** One thing that happened. */
export type Event =
  | { kind: "conversation"; at: string; key: string; id: string; status: "open" | "closed"; text: string }
  | { kind: "merge"; at: string; key: string; merge: Merge }
  | { kind: "parting"; at: string; key: string; merge: Merge; by: string }
  | { kind: "deed"; at: string; key: string; deed: Deed }
  | { kind: "known"; at: string; key: string }
  | { kind: "changed"; at: string; key: string };

/** Told elsewhere in the timeline, or by every visit to the page. */
const TOLD = new Set(["viewed", "merged", "unmerged"]);

/** Set everything in its order; of changes only the latest is known. */
export function timelineOf(contact: ContactDetail, merges: readonly Merge[], deeds: readonly Deed[]): Event[] {
  const events: Event[] = [{ kind: "known", at: contact.createdAt, key: "known" }];
  if (contact.updatedAt !== contact.createdAt) events.push({ kind: "changed", at: contact.updatedAt, key: "changed" });
  for (const { id, status, lastText, updatedAt } of contact.conversations) {
    events.push({ kind: "conversation", at: updatedAt, key: `c${id}`, id, status, text: lastText ?? "" });
  }
  for (const merge of merges) {
    events.push({ kind: "merge", at: merge.at, key: merge.id, merge });
    if (merge.undoneAt !== null) {
      events.push({ kind: "parting", at: merge.undoneAt, key: `${merge.id} undone`, merge, by: merge.undoneBy ?? "" });
    }
  }
  for (const deed of deeds) {
    if (!TOLD.has(deed.action)) events.push({ kind: "deed", at: deed.at, key: `d${deed.seq}`, deed });
  }
  return events.sort((a, b) => b.at.localeCompare(a.at));
}
