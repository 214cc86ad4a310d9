/** Runs the function being written with what the form holds, and keeps what came of it. */
import type { Problem } from "@callingcard/kit/request.ts";
import { computed, signal } from "@preact/signals";

import { problemFrom } from "../../ui/states.tsx";
import type { Writing } from "../editor/writing.ts";
import { runFunction } from "../functions.ts";
import type { Json, Payload, RunShown, Visitor } from "../types.ts";
import { argumentsIn, argumentsOf, carriedOver, fieldsOf, valuesOf, type Values } from "./schema.ts";

/** What the last run has come to. */
export type RunningState =
  | { kind: "none" }
  | { kind: "running" }
  | { kind: "done"; run: RunShown }
  | { kind: "failed"; problem: Problem };

const NOBODY: Visitor = { email: "", userId: "", firstName: "", lastName: "" };
const USUAL_MS = 5000;

/** The form beside the editor, and its runs. */
export class Runner {
  readonly state = signal<RunningState>({ kind: "none" });
  readonly reasons = signal<Record<string, string>>({});
  readonly visitor = signal<Visitor>(NOBODY);
  /** The arguments as JSON, for a function that does not say what it takes. */
  readonly text = signal("{}");
  readonly fields;
  readonly values;
  readonly hasVisitor;
  readonly writing: Writing;
  private readonly typed = signal<Values>({});
  private life = new AbortController();

  constructor(writing: Writing) {
    this.writing = writing;
    this.fields = computed(() => fieldsOf(writing.schema.value));
    this.values = computed(() => carriedOver(this.fields.value ?? [], this.typed.value));
    this.hasVisitor = computed(() => writing.triggers.value.some((trigger) => trigger.auth === "visitor"));
  }

  /** Take note of what was typed into the form. */
  type(values: Values): void {
    this.typed.value = values;
  }

  /** The arguments as they are now, or null when some of them cannot be read; the fields then say why. */
  read(): Record<string, Json> | null {
    const fields = this.fields.peek();
    if (fields) {
      const { arguments: found, reasons } = argumentsOf(fields, this.values.peek());
      this.reasons.value = reasons;
      return Object.keys(reasons).length > 0 ? null : found;
    }
    const { arguments: found, reason } = argumentsIn(this.text.peek());
    this.reasons.value = reason ? { "": reason } : {};
    return reason ? null : found;
  }

  /** What is to be kept under *name*, or null when it cannot be read. */
  payload(name: string): Payload | null {
    const found = this.read();
    return found && { name, arguments: found, visitor: this.given() };
  }

  /** Fill the form with *payload*. */
  load(payload: Payload): void {
    this.reasons.value = {};
    this.text.value = JSON.stringify(payload.arguments, null, 2);
    this.typed.value = valuesOf(this.fields.peek() ?? [], payload.arguments);
    this.visitor.value = payload.visitor ?? NOBODY;
  }

  /** Run with what the form holds. */
  async run(): Promise<void> {
    if (this.state.peek().kind === "running") return;
    const found = this.read();
    if (!found) return;
    const { writing } = this;
    const { signal: ended } = (this.life = new AbortController());
    const source = writing.source === writing.liveSource.peek() ? null : writing.source;
    this.state.value = { kind: "running" };
    try {
      const given = { source, arguments: found, visitor: this.given() };
      const run = await runFunction(writing.name, given, writing.manifest.peek()?.timeoutMs ?? USUAL_MS, ended);
      this.state.value = { kind: "done", run };
    } catch (error) {
      if (ended.aborted) return;
      const problem = problemFrom(error);
      this.reasons.value = { ...problem.fields };
      this.state.value = { kind: "failed", problem };
    }
  }

  /** Wait for nothing any more; a run under way goes on, and is in the list of runs. */
  end(): void {
    this.life.abort();
  }

  private given(): Visitor | null {
    const visitor = this.visitor.peek();
    return this.hasVisitor.peek() && visitor.email.trim() ? { ...visitor, email: visitor.email.trim() } : null;
  }
}
