/**
 * Keeps what is being written: at once when asked, by itself after a pause.
 *
 * Saves never overlap, and what was typed while one was under way is saved after it, so
 * that the server always ends up with the newest text.
 */
import type { Problem } from "@callingcard/kit/request.ts";
import { signal } from "@preact/signals";

import { problemFrom } from "../../ui/states.tsx";

/** How what is written stands to what is kept. */
export type DraftState =
  | { kind: "clean" }
  | { kind: "unsaved" }
  | { kind: "saving" }
  | { kind: "saved"; at: string }
  | { kind: "failed"; problem: Problem };

const PAUSE_MS = 1500;

/** The keeper of one draft. */
export class Drafts {
  readonly state;
  private readonly save: (source: string) => Promise<string>;
  private kept: string;
  private wanted: string;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private saving: Promise<boolean> | null = null;

  /** *save* keeps a text on the server and says when that was; *kept* is what is there now. */
  constructor(save: (source: string) => Promise<string>, kept: string, savedAt: string | null) {
    this.save = save;
    this.kept = kept;
    this.wanted = kept;
    this.state = signal<DraftState>(savedAt === null ? { kind: "clean" } : { kind: "saved", at: savedAt });
  }

  /** Whether the server lacks something that was typed. */
  get isBehind(): boolean {
    return this.wanted !== this.kept;
  }

  /** Take note of what was typed; it is saved after a pause. */
  typed(source: string): void {
    this.wanted = source;
    if (this.state.peek().kind !== "saving") this.state.value = { kind: "unsaved" };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), PAUSE_MS);
  }

  /** Save now; say whether everything typed is kept. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer);
    while (this.saving) await this.saving;
    if (!this.isBehind) {
      if (this.state.peek().kind === "unsaved") this.state.value = { kind: "clean" };
      return true;
    }
    this.saving = this.once();
    const isKept = await this.saving;
    return isKept && !this.isBehind;
  }

  /** Begin anew with what the server has now, as after the draft was dropped. */
  reset(kept: string): void {
    clearTimeout(this.timer);
    this.kept = kept;
    this.wanted = kept;
    this.state.value = { kind: "clean" };
  }

  private async once(): Promise<boolean> {
    const source = this.wanted;
    this.state.value = { kind: "saving" };
    try {
      const at = await this.save(source);
      this.kept = source;
      this.state.value = this.isBehind ? { kind: "unsaved" } : { kind: "saved", at };
      return true;
    } catch (error) {
      this.state.value = { kind: "failed", problem: problemFrom(error) };
      return false;
    } finally {
      this.saving = null;
    }
  }
}
