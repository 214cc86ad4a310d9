/** What the forms about teams, hours and routing have in common: saving, its bar, and its problems. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

import type { Reasons } from "../conditions/builder.tsx";
import { useUnsaved } from "../chatflows/editor/editing.ts";
import { sentences } from "../sites/words.ts";
import { problemFrom } from "../ui/states.tsx";

/** A document on the page, and how its saving goes. */
export interface Saving<T> {
  value: T;
  isDirty: boolean;
  busy: boolean;
  problem: Problem | null;
  reasons: Reasons;
  form: { current: HTMLFormElement | null };
  change: (changes: Partial<T>) => void;
  /** Save it, unless *reasons* say what is wrong already; true when it is kept. */
  save: (reasons?: Reasons) => Promise<boolean>;
}

/** Edit *kept*, which *put* saves; *isNew* counts as a change. */
export function useSaving<T extends object>(kept: T, put: (value: T) => Promise<T>, isNew = false): Saving<T> {
  const value = useSignal(kept);
  const saved = useSignal(kept);
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const own = useSignal<Reasons>({});
  const form = useRef<HTMLFormElement>(null);
  const isTouched = useUnsaved(value, saved);

  async function save(reasons: Reasons = {}): Promise<boolean> {
    problem.value = null;
    own.value = reasons;
    if (Object.keys(reasons).length === 0) {
      busy.value = true;
      try {
        saved.value = await put(value.value);
        value.value = saved.value;
        return true;
      } catch (error) {
        problem.value = problemFrom(error);
        own.value = problem.value.fields;
      } finally {
        busy.value = false;
      }
    }
    setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-wrong="true"] select')?.focus());
    return false;
  }
  return {
    value: value.value,
    isDirty: isTouched || isNew,
    busy: busy.value,
    problem: problem.value,
    reasons: own.value,
    form,
    change: (changes) => {
      value.value = { ...value.value, ...changes };
    },
    save,
  };
}

/** The bar at the foot of a form; what no field shows is said here. */
export function FormBar(props: { saving: Saving<object>; label: string; note: string; placed: (path: string) => boolean }) {
  const { isDirty, busy, problem, reasons } = props.saving;
  const unplaced = Object.entries(reasons).filter(([path]) => !props.placed(path));
  return (
    <div class="save-bar" data-changed={isDirty || problem !== null}>
      {(problem !== null || unplaced.length > 0) && (
        <div class="form-error" role="alert">
          {problem && (
            <p>
              {sentences(problem.message, Object.keys(problem.fields).length > 0 ? "" : problem.hint)}{" "}
              {Object.keys(problem.fields).length === 0 && <code>{problem.code}</code>}
            </p>
          )}
          {unplaced.map(([path, reason]) => (
            <p key={path}>
              <code>{path}</code> {sentences(reason)}
            </p>
          ))}
        </div>
      )}
      <button type="submit" class="button button-primary" disabled={busy || !isDirty}>
        {busy ? "Saving" : props.label}
      </button>
      <span class="text-muted text-sm" role="status">
        {isDirty ? props.note : "Nothing changed."}
      </span>
    </div>
  );
}
