/** Keeps what was written: as the draft, or for visitors; and says what stands in the way. */
import { useEffect, useRef } from "preact/hooks";

import { sentences } from "../../sites/words.ts";
import type { Editing } from "./editing.ts";
import { WrongPlaces } from "./wrong-places.tsx";

/** The bar at the foot of the form. */
export function SaveBar({ editing }: { editing: Editing }) {
  const { isDirty, busy, detail, problem } = editing;
  const canPublish = isDirty || detail.hasDraft || detail.version === 0;
  return (
    <div class="save-bar" data-changed={isDirty || problem !== null}>
      <Problems editing={editing} />
      <Warnings warnings={isDirty ? [] : detail.warnings} />
      <button
        type="button"
        class="button button-primary"
        disabled={busy !== "" || !canPublish}
        onClick={() => void editing.save("publish")}
      >
        {busy === "publishing" ? "Publishing" : "Publish"}
      </button>
      <button type="button" class="button" disabled={busy !== "" || !isDirty} onClick={() => void editing.save("draft")}>
        {busy === "saving" ? "Saving" : "Save draft"}
      </button>
      <span class="text-muted text-sm" role="status">
        {stateWords(editing)}
      </span>
    </div>
  );
}

function stateWords({ isDirty, detail }: Editing): string {
  if (isDirty) return "Not saved.";
  if (detail.hasDraft) return "The draft is saved.";
  return detail.version > 0 ? `Version ${detail.version} is live.` : "";
}

/** What was refused: each with a way to its place. */
function Problems({ editing: { problem } }: { editing: Editing }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (problem) box.current?.focus();
  }, [problem]);
  if (!problem) return null;
  const wrong = Object.entries(problem.fields);
  return (
    <div class="form-error save-problems" role="alert" tabIndex={-1} ref={box}>
      <p>
        {sentences(problem.message, wrong.length > 0 ? "" : problem.hint)} {wrong.length === 0 && <code>{problem.code}</code>}
      </p>
      {wrong.length > 0 && <WrongPlaces wrong={wrong} />}
    </div>
  );
}

/** What is allowed and probably not meant. */
function Warnings({ warnings }: { warnings: readonly string[] }) {
  if (warnings.length === 0) return null;
  return (
    <ul class="text-warning text-sm save-warnings">
      {warnings.map((one) => (
        <li key={one}>{sentences(one.replace(/^steps\./, "Step "))}</li>
      ))}
    </ul>
  );
}
