/**
 * The state of one function being written: its draft, what the server thinks of it, its deploy.
 *
 * It outlives no page: `end` keeps what is not kept yet, and stops asking.
 */
import type { Problem } from "@callingcard/kit/request.ts";
import { computed, signal } from "@preact/signals";

import { problemFrom } from "../../ui/states.tsx";
import { checkSource, dropDraft, readDeploy, saveDraft, startDeploy } from "../functions.ts";
import type { Checked, Deploying, Finding, FunctionDetails } from "../types.ts";
import { follow, versionNumber } from "./deploys.ts";
import { Drafts } from "./drafts.ts";

/** *now*, with what it could not tell filled in from *before*: half a line is no reason to drop a form. */
export function lastKnown(now: Checked, before: Checked | null): Checked {
  return {
    findings: now.findings,
    manifest: now.manifest ?? before?.manifest ?? null,
    schema: now.schema ?? before?.schema ?? null,
    triggers: (now.manifest ? now.triggers : before?.triggers) ?? null,
  };
}

/** What one deploy has come to, as far as it is known. */
export type DeployState =
  | { kind: "none" }
  | { kind: "going"; now: Deploying | null }
  | { kind: "ended"; now: Deploying }
  | { kind: "lost"; problem: Problem };

/** One function being written. */
export class Writing {
  readonly name: string;
  readonly drafts: Drafts;
  readonly deploy = signal<DeployState>({ kind: "none" });
  /** The number of the version that is live, or null. */
  readonly live;
  /** The source that is live, or null while there is none. */
  readonly liveSource;
  readonly schema;
  readonly triggers;
  readonly manifest;
  readonly findings;
  source: string;
  private readonly checked = signal<Checked | null>(null);
  private readonly deployFinding = signal<Finding | null>(null);
  private readonly life = new AbortController();
  private checking = new AbortController();

  constructor(details: FunctionDetails) {
    this.name = details.name;
    this.source = details.draftSource ?? details.source;
    this.live = signal(details.version?.number ?? null);
    this.liveSource = signal(details.version ? details.source : null);
    this.drafts = new Drafts((source) => saveDraft(this.name, source), this.source, details.draftSavedAt);
    this.schema = computed(() => this.checked.value?.schema ?? details.schema);
    this.triggers = computed(() => this.checked.value?.triggers ?? details.triggers);
    this.manifest = computed(() => this.checked.value?.manifest ?? details.manifest);
    this.findings = computed(() => {
      const found = this.checked.value?.findings ?? [];
      return this.deployFinding.value ? [this.deployFinding.value, ...found] : found;
    });
  }

  /** Take note of what was typed. */
  typed(source: string): void {
    this.source = source;
    this.deployFinding.value = null;
    this.drafts.typed(source);
  }

  /** Ask what is wrong with the source as it is now; an answer about an older one is dropped. */
  async check(): Promise<void> {
    this.checking.abort();
    const { signal: ended } = (this.checking = new AbortController());
    try {
      const checked = await checkSource(this.name, this.source, ended);
      if (!ended.aborted) this.checked.value = lastKnown(checked, this.checked.peek());
    } catch {
      // Saving says that the server cannot be reached; a check is tried again at the next save.
    }
  }

  /** Deploy the source as it is now, and follow that to its end. */
  async deployNow(): Promise<void> {
    if (this.deploy.peek().kind === "going") return;
    const { source } = this;
    this.deployFinding.value = null;
    this.deploy.value = { kind: "going", now: null };
    try {
      const ended = await follow({
        start: () => startDeploy(this.name, source),
        read: (id) => readDeploy(this.name, id, this.life.signal),
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        show: (now) => (this.deploy.value = { kind: "going", now }),
        signal: this.life.signal,
      });
      if (ended) this.deployed(ended, source);
    } catch (error) {
      if (!this.life.signal.aborted) this.deploy.value = { kind: "lost", problem: problemFrom(error) };
    }
  }

  private deployed(ended: Deploying, source: string): void {
    this.deploy.value = { kind: "ended", now: ended };
    if (ended.state === "done") {
      this.live.value = versionNumber(ended) ?? (this.live.peek() ?? 0) + 1;
      this.liveSource.value = source;
      // What was typed since is a draft again; what was deployed is none any more.
      if (this.source === source) this.drafts.reset(source);
    } else if (ended.error?.line) {
      const { line, message } = ended.error;
      const rest = { column: 0, endLine: null, endColumn: null, severity: "error", code: "deploy" } as const;
      this.deployFinding.value = { line, message, ...rest };
    }
  }

  /** Forget the draft; return the source that is live. */
  async discard(): Promise<string> {
    await dropDraft(this.name);
    this.source = this.liveSource.peek() ?? "";
    this.drafts.reset(this.source);
    void this.check();
    return this.source;
  }

  /** Stop, and keep what is not kept yet. */
  end(): void {
    this.life.abort();
    this.checking.abort();
    void this.drafts.flush();
  }
}
