/** Inputs kept under a name, so that a function is tried with the same ones again. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";

import { useLoad } from "../../ui/load.ts";
import { problemFrom } from "../../ui/states.tsx";
import { payloadsPath, readPayloads, savePayloads } from "../functions.ts";
import type { Payload } from "../types.ts";
import type { Runner } from "./runner.ts";

const NEW = "\n"; // no name can hold a line break

/** Choose, keep and delete inputs of *runner*. */
export function Payloads({ runner }: { runner: Runner }) {
  const { name } = runner.writing;
  const loaded = useLoad(payloadsPath(name), readPayloads);
  const all = useSignal<readonly Payload[]>([]);
  const chosen = useSignal("");
  const problem = useSignal<Problem | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (loaded.value) all.value = loaded.value;
  }, [loaded.value, all]);

  async function keep(next: readonly Payload[]): Promise<boolean> {
    problem.value = null;
    try {
      all.value = await savePayloads(name, next);
      return true;
    } catch (error) {
      problem.value = problemFrom(error);
      return false;
    }
  }
  function choose(wanted: string): void {
    if (wanted === NEW) {
      if (runner.payload("")) dialog.current?.showModal();
      return;
    }
    chosen.value = wanted;
    const payload = all.value.find((one) => one.name === wanted);
    if (payload) runner.load(payload);
  }
  if (loaded.problem) return null; // trying a function needs none of these
  return (
    <div class="payloads">
      <select
        class="input select"
        aria-label="Saved inputs"
        value={chosen.value}
        onChange={(event) => {
          const wanted = event.currentTarget.value;
          event.currentTarget.value = chosen.value;
          choose(wanted);
        }}
      >
        <option value="">{all.value.length === 0 ? "No saved inputs" : "Saved inputs"}</option>
        {all.value.map((one) => (
          <option key={one.name} value={one.name}>
            {one.name}
          </option>
        ))}
        <option value={NEW}>Save this input…</option>
      </select>
      {chosen.value && (
        <button
          type="button"
          class="text-button"
          onClick={() => {
            const rest = all.value.filter((one) => one.name !== chosen.value);
            void keep(rest).then((isKept) => {
              if (isKept) chosen.value = "";
            });
          }}
        >
          Delete<span class="sr-only"> the input {chosen.value}</span>
        </button>
      )}
      {problem.value && (
        <p class="form-error" role="alert">
          {problem.value.message}
        </p>
      )}
      <Naming
        dialog={dialog}
        first={chosen.value}
        save={async (as) => {
          const payload = runner.payload(as);
          if (!payload || !(await keep([...all.value.filter((one) => one.name !== as), payload]))) return;
          chosen.value = as;
          dialog.current?.close();
        }}
      />
    </div>
  );
}

function Naming(props: { dialog: { current: HTMLDialogElement | null }; first: string; save: (name: string) => Promise<void> }) {
  const { dialog, first, save } = props;
  const id = useId();
  return (
    <dialog class="panel dialog" ref={dialog} aria-labelledby={id}>
      <h2 class="site-section-title" id={id}>
        Save this input
      </h2>
      <label class="field">
        Name
        <input class="input" id={`${id}-name`} key={first} defaultValue={first} maxLength={100} autocomplete="off" />
      </label>
      <p class="help">An input of the same name is replaced. Everybody who may edit this function sees it.</p>
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
        <button
          type="button"
          class="button button-primary"
          onClick={() => {
            const field = dialog.current?.querySelector("input");
            const name = field?.value.trim() ?? "";
            if (name === "") field?.focus();
            else void save(name);
          }}
        >
          Save
        </button>
      </div>
    </dialog>
  );
}
