/** A button that saves a file from the server, and says when it cannot. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";

import { sentences } from "../../sites/words.ts";
import { problemFrom } from "../../ui/states.tsx";
import { download } from "./download.ts";

/** Save what *path* answers; a *body* makes it a POST. */
export function SaveButton(props: { label: string; path: string; name: string; body?: unknown; saved?: () => void }) {
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  async function save(): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      await download(props.path, props.name, props.body);
      props.saved?.();
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <span class="save-file">
      <button type="button" class="button" disabled={busy.value} onClick={() => void save()}>
        {busy.value ? "Preparing" : props.label}
      </button>
      {problem.value && (
        <span class="form-error" role="alert">
          {sentences(problem.value.message, problem.value.hint)}
        </span>
      )}
    </span>
  );
}
