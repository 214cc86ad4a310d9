/** Takes contacts in from a CSV file, saying how far it is and which rows were refused. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { DialogButton } from "../../forms/dialog-form.tsx";
import { Refusal } from "../../forms/refusal.tsx";
import { problemFrom } from "../../ui/states.tsx";
import { BEGINNING, importFile, MOST_REFUSALS, type Progress } from "./progress.ts";

const MOST_BYTES = 16 * 1024 * 1024;

/** The button; *done* is called when the dialog closes behind an import. */
export function ImportButton({ done }: { done: () => void }) {
  const isBegun = useRef(false);
  return (
    <DialogButton
      label="Import"
      title="Import contacts"
      onClosed={() => {
        if (isBegun.current) done();
        isBegun.current = false;
      }}
    >
      {({ close }) => <ImportForm close={close} begun={() => (isBegun.current = true)} />}
    </DialogButton>
  );
}

function ImportForm({ close, begun }: { close: () => void; begun: () => void }) {
  const progress = useSignal<Progress | null>(null);
  const problem = useSignal<Problem | null>(null);
  const reason = useSignal("");
  const busy = useSignal(false);
  const life = useRef(new AbortController());
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => () => { life.current.abort(); }, []);
  async function begin(): Promise<void> {
    const file = field.current?.files?.[0];
    reason.value = !file ? "Choose a file first." : file.size > MOST_BYTES ? "The file is over 16 MiB. Split it." : "";
    if (!file || reason.value) {
      field.current?.focus();
      return;
    }
    problem.value = null;
    progress.value = BEGINNING;
    busy.value = true;
    begun();
    try {
      await importFile(file, (step) => (progress.value = step), life.current.signal);
    } catch (error) {
      if (!life.current.signal.aborted) problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <>
      <div class="field">
        <label for="import-file">CSV file</label>
        <input
          ref={field}
          id="import-file"
          class="input file"
          type="file"
          accept=".csv,text/csv"
          disabled={busy.value}
          aria-invalid={reason.value ? "true" : undefined}
          aria-describedby="import-help import-reason"
        />
        <p class="help" id="import-help">
          In UTF-8. The first line names properties, such as email, firstname, company. A row whose address is known changes
          that contact; empty cells change nothing.
        </p>
        <p class="form-error" id="import-reason">
          {reason.value}
        </p>
      </div>
      {progress.value && <Told progress={progress.value} busy={busy.value} />}
      <Refusal problem={problem.value} />
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={close}>
          {busy.value ? "Stop" : "Close"}
        </button>
        {!progress.value?.finished && (
          <button type="button" class="button button-primary" disabled={busy.value} onClick={() => void begin()}>
            {busy.value ? "Importing" : "Import"}
          </button>
        )}
      </div>
    </>
  );
}

function Told({ progress, busy }: { progress: Progress; busy: boolean }) {
  const { rows, created, changed, refused, refusals } = progress;
  return (
    <div class="import-told">
      {busy && <progress aria-label="Importing" />}
      <p role="status">
        {progress.finished ? "Done: " : ""}
        {rows.toLocaleString()} rows read, {created.toLocaleString()} added, {changed.toLocaleString()} changed,{" "}
        {refused.toLocaleString()} refused.
      </p>
      {progress.problem && (
        <p class="form-error" role="alert">
          It stopped here. {progress.problem} What is counted is kept: mend the file and import it again.
        </p>
      )}
      {refusals.length > 0 && (
        <div class="refusals" tabIndex={0} role="region" aria-label="Refused rows">
          <table>
            <thead>
              <tr>
                <th scope="col">Line</th>
                <th scope="col">Why it was refused</th>
              </tr>
            </thead>
            <tbody>
              {refusals.map((one) => (
                <tr key={one.line}>
                  <td>{one.line}</td>
                  <td>{one.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {refused > MOST_REFUSALS && <p class="text-muted">The first {MOST_REFUSALS} are shown.</p>}
        </div>
      )}
    </div>
  );
}
