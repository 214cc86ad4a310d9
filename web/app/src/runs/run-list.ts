/**
 * The runs listed so far: pages as they are asked for, and what came since on top.
 *
 * What a reader looks at does not move by itself: new runs wait, counted, until they are
 * asked for, unless the reader follows them.
 */
import type { Problem } from "@callingcard/kit/request.ts";
import { batch, computed, signal } from "@preact/signals";

import type { RunRow } from "../functions/types.ts";
import { problemFrom } from "../ui/states.tsx";

/** Some runs, newest first; *next* is the cursor of those before. */
export interface RunPage {
  runs: RunRow[];
  next: string | null;
}

/** Reads the page at a cursor; "" is the first. */
export type ReadPage = (cursor: string, signal: AbortSignal) => Promise<RunPage>;

/** What is known after the first page was read again. */
export interface Merged {
  rows: RunRow[];
  /** The ids on the page that were not known before. */
  fresh: string[];
  /** Whether so many came that runs are missing between the page and what was known. */
  isTorn: boolean;
}

/** Put a newly read first *page* over the *known* rows: as far as it reaches, it is the truth. */
export function merge(known: readonly RunRow[], page: RunPage): Merged {
  const before = new Set(known.map((row) => row.id));
  const now = new Set(page.runs.map((row) => row.id));
  const last = page.runs.at(-1)?.startedAt ?? "";
  const reachesAll = page.next === null;
  const older = reachesAll ? [] : known.filter((row) => !now.has(row.id) && Date.parse(row.startedAt) <= Date.parse(last));
  const fresh = page.runs.filter((row) => !before.has(row.id)).map((row) => row.id);
  const isTorn = !reachesAll && known.length > 0 && fresh.length === page.runs.length;
  return { rows: [...page.runs, ...older], fresh, isTorn };
}

/** One list of runs, for as long as one choice is looked at. */
export class RunList {
  readonly problem = signal<Problem | null>(null);
  readonly isFollowing = signal(false);
  readonly next = signal<string | null>(null);
  readonly isReadingMore = signal(false);
  /** What is shown; null until the first page is there. */
  readonly rows = computed(() => this.#all.value?.filter((row) => !this.#waiting.value.has(row.id)) ?? null);
  /** How many runs wait to be shown. */
  readonly waiting = computed(() => this.#waiting.value.size);
  /** Whether more wait than were read. */
  readonly isTorn = signal(false);
  readonly #all = signal<readonly RunRow[] | null>(null);
  readonly #waiting = signal<ReadonlySet<string>>(new Set());
  readonly #read: ReadPage;
  readonly #life = new AbortController();

  constructor(read: ReadPage) {
    this.#read = read;
  }

  /** Read the first page again; say whether it is worth asking again. */
  async refresh(): Promise<boolean> {
    const { signal } = this.#life;
    try {
      const page = await this.#read("", signal);
      if (!signal.aborted) this.#take(page);
      return !signal.aborted;
    } catch (error) {
      if (signal.aborted) return false;
      this.problem.value = problemFrom(error);
      return ![401, 403, 404, 422].includes(this.problem.value.status);
    }
  }

  /** Read the runs before those listed. */
  async more(): Promise<void> {
    const cursor = this.next.value;
    if (cursor === null || this.isReadingMore.value) return;
    this.isReadingMore.value = true;
    const { signal } = this.#life;
    try {
      const page = await this.#read(cursor, signal);
      if (signal.aborted || this.next.value !== cursor) return;
      const known = this.#all.value ?? [];
      const ids = new Set(known.map((row) => row.id));
      this.#all.value = [...known, ...page.runs.filter((row) => !ids.has(row.id))];
      this.next.value = page.next;
      this.problem.value = null;
    } catch (error) {
      if (!signal.aborted) this.problem.value = problemFrom(error);
    } finally {
      this.isReadingMore.value = false;
    }
  }

  /** Show what waits. */
  showWaiting(): void {
    if (this.isTorn.value) {
      batch(() => {
        this.#all.value = null;
        this.isTorn.value = false;
      });
      void this.refresh();
    }
    this.#waiting.value = new Set();
  }

  /** Show new runs as they come, or let them wait. */
  follow(isOn: boolean): void {
    this.isFollowing.value = isOn;
    if (isOn) this.showWaiting();
  }

  /** Let go: nothing that is still on its way is shown. */
  end(): void {
    this.#life.abort();
  }

  #take(page: RunPage): void {
    const known = this.#all.value;
    const { rows, fresh, isTorn } = merge(known ?? [], page);
    batch(() => {
      this.problem.value = null;
      if (known === null || this.isFollowing.value) {
        // Following shows the newest: what lies behind a gap can be asked for again.
        this.#all.value = isTorn ? page.runs : rows;
        if (known === null || isTorn || page.next === null) this.next.value = page.next;
      } else if (isTorn) {
        this.isTorn.value = true;
        this.#waiting.value = new Set(fresh);
      } else {
        this.#all.value = rows;
        this.#waiting.value = new Set([...this.#waiting.value, ...fresh].filter((id) => rows.some((row) => row.id === id)));
        if (page.next === null) this.next.value = null;
      }
    });
  }
}
