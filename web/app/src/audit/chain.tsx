/** Whether the log is whole: looked at when somebody asks, since it reads every row. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";

import { CopyButton } from "../ui/copy.tsx";
import { problemFrom } from "../ui/states.tsx";
import { verify, type Verdict } from "./log.ts";

/** A button, and what was found. */
export function Chain() {
  const verdict = useSignal<Verdict | null>(null);
  const problem = useSignal<Problem | null>(null);
  const busy = useSignal(false);
  async function look(): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      verdict.value = await verify();
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <div class="chain">
      <button type="button" class="button" disabled={busy.value} onClick={() => void look()}>
        {busy.value ? "Checking every row" : "Check the chain"}
      </button>
      {problem.value && (
        <p class="form-error" role="alert">
          {problem.value.message} {problem.value.hint} <code>{problem.value.code}</code>
        </p>
      )}
      {verdict.value && <Found verdict={verdict.value} />}
    </div>
  );
}

function Found({ verdict }: { verdict: Verdict }) {
  if (verdict.brokenAt !== null) {
    return (
      <p class="notice" data-tone="danger" role="alert">
        <strong>The chain is broken at row {verdict.brokenAt}.</strong> That row, or one before it, was changed or removed outside of
        Callingcard. Compare the database with a backup from before, and find out who can write to it.
      </p>
    );
  }
  return (
    <div class="notice" data-tone="good" role="status">
      <p>
        <strong>The chain is whole:</strong> {verdict.rows.toLocaleString()} rows, each as it was written.
      </p>
      {verdict.rows > 0 && (
        <p class="chain-head">
          Note its end elsewhere, and a cut will show: row {verdict.head.seq}, <code>{verdict.head.hash}</code>{" "}
          <CopyButton text={`${verdict.head.seq} ${verdict.head.hash}`} what="the end of the chain" />
        </p>
      )}
    </div>
  );
}
