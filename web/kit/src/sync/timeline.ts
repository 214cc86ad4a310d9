/** Entries in the order of their sequence numbers, each once. */

/** Anything that has its place in a conversation. */
export interface Placed {
  readonly seq: number;
}

/**
 * Put *entry* into *entries* at its place; the same list comes back when it is known.
 *
 * Nearly every entry is the newest, so the search starts at the end.
 */
export function insert<E extends Placed>(entries: readonly E[], entry: E): readonly E[] {
  let at = entries.length;
  while (at > 0 && (entries[at - 1]?.seq ?? 0) > entry.seq) at -= 1;
  if (entries[at - 1]?.seq === entry.seq) return entries;
  return [...entries.slice(0, at), entry, ...entries.slice(at)];
}
