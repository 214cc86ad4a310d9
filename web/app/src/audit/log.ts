/** The rows of the audit log that were read so far, for one choice. */
import type { Problem } from "@callingcard/kit/request.ts";
import { signal } from "@preact/signals";
import type { components } from "@callingcard/kit/schema.d.ts";

import { call } from "../session/session.ts";
import { problemFrom } from "../ui/states.tsx";
import { auditPath, type AuditFilter, type AuditRow } from "./filter.ts";

/** Whether the log is whole, and else the first row that is not what it was. */
export type Verdict = components["schemas"]["VerdictOut"];

/** One choice's rows, newest first. */
export class AuditLog {
  readonly rows = signal<readonly AuditRow[] | null>(null);
  readonly next = signal<number | null>(null);
  readonly problem = signal<Problem | null>(null);
  readonly isReading = signal(false);
  readonly #filter: AuditFilter;
  readonly #since = new Date(); // one moment for all pages, so that none overlap
  readonly #life = new AbortController();

  constructor(filter: AuditFilter) {
    this.#filter = filter;
  }

  /** Read the first page, or the one after those read. */
  async read(): Promise<void> {
    const { signal: life } = this.#life;
    this.isReading.value = true;
    this.problem.value = null;
    try {
      const path = auditPath(this.#filter, this.#since, this.next.value);
      const page = await call<components["schemas"]["AuditPage"]>(path, { signal: life });
      this.rows.value = [...(this.rows.value ?? []), ...page.results];
      this.next.value = page.next;
    } catch (error) {
      if (!life.aborted) this.problem.value = problemFrom(error);
    } finally {
      this.isReading.value = false;
    }
  }

  /** Ask for nothing more. */
  close(): void {
    this.#life.abort();
  }
}

/** Look at every row's hash. Throws a `Problem`. */
export function verify(): Promise<Verdict> {
  return call<Verdict>("/v1/audit/verify", { timeoutMs: 120_000 });
}
