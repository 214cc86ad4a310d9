/** What the forms about teams, hours and routing have in common: saving, its bar, and its problems. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";

import { useSending, type Reasons } from "../forms/sending.ts";
import { isOther, useUnsaved } from "../forms/unsaved.ts";
import { TextField } from "../sites/form/fields.tsx";
import { sentences } from "../sites/words.ts";
import { nameReason } from "./words.ts";

/** A document on the page, and how its saving goes. */
export interface Saving<T> {
  value: T;
  isDirty: boolean;
  isBusy: boolean;
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
  const { isBusy, problem, reasons, form, send } = useSending();
  const isTouched = useUnsaved(() => isOther(value.value, saved.value));
  return {
    value: value.value,
    isDirty: isTouched || isNew,
    isBusy,
    problem,
    reasons,
    form,
    change: (changes) => {
      value.value = { ...value.value, ...changes };
    },
    save: (wrong = {}) =>
      send(wrong, async () => {
        saved.value = await put(value.value);
        value.value = saved.value;
      }),
  };
}

/** The form of something with a name, which only a new one is given; *made* goes to where it is then. */
export function NamedForm<T extends { name: string }>(props: {
  saving: Saving<T>;
  isNew: boolean;
  taken: readonly string[];
  nameHelp: string;
  made: (name: string) => void;
  intro?: ComponentChildren;
  children: ComponentChildren;
}) {
  const { saving, isNew, taken } = props;
  const { value, reasons } = saving;
  async function submit(): Promise<void> {
    const reason = isNew ? nameReason(value.name, taken) : "";
    if ((await saving.save(reason ? { name: reason } : {})) && isNew) props.made(value.name);
  }
  return (
    <form
      class="form site-form narrow-form"
      ref={saving.form}
      noValidate
      autocomplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {props.intro}
      {isNew && (
        <TextField
          label="Name"
          help={props.nameHelp}
          value={value.name}
          reason={reasons["name"] ?? ""}
          onChange={(name) => {
            saving.change({ name: name.trim() } as Partial<T>);
          }}
        />
      )}
      {props.children}
    </form>
  );
}

/** The bar at the foot of a form; what no field shows is said here. */
export function FormBar(props: { saving: Saving<object>; label: string; note: string; placed: (path: string) => boolean }) {
  const { isDirty, isBusy, problem, reasons } = props.saving;
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
      <button type="submit" class="button button-primary" disabled={isBusy || !isDirty}>
        {isBusy ? "Saving" : props.label}
      </button>
      <span class="text-muted text-sm" role="status">
        {isDirty ? props.note : "Nothing changed."}
      </span>
    </div>
  );
}
