/** Says what a newer OpenAPI document changes and which lines of functions it breaks, before it counts. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";

import { count } from "../functions/words.ts";
import type { Json } from "../functions/types.ts";
import { lineAddress } from "../router.ts";
import { sentences } from "../sites/words.ts";
import { problemFrom } from "../ui/states.tsx";
import { acceptDocument, compareDocument, type Connector, type Drift } from "./connectors.ts";
import { DocumentField } from "./document-field.tsx";
import { DOCUMENT_REASON, documentOf } from "./draft.ts";

/** Compare *connector* with a newer document; for a built-in one, with what the product brings now. */
export function DriftDesk({ connector, onDone }: { connector: Connector; onDone: () => void }) {
  const isBuiltIn = connector.source === "built-in";
  const text = useSignal("");
  const reason = useSignal("");
  const busy = useSignal(false);
  const found = useSignal<{ drift: Drift; document: Json } | null>(null);
  const said = useSignal("");
  const problem = useSignal<Problem | null>(null);
  if (!isBuiltIn && !connector.hasOpenapi) return null;

  async function doing(work: () => Promise<void>): Promise<void> {
    busy.value = true;
    problem.value = null;
    said.value = "";
    try {
      await work();
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  async function compare(): Promise<void> {
    const document = isBuiltIn ? null : documentOf(text.value);
    reason.value = isBuiltIn || document !== null ? "" : DOCUMENT_REASON;
    if (reason.value) return;
    await doing(async () => {
      found.value = { drift: await compareDocument(connector.name, document), document };
      onDone();
    });
  }
  async function accept(document: Json): Promise<void> {
    await doing(async () => {
      await acceptDocument(connector.name, document);
      found.value = null;
      text.value = "";
      said.value = "The newer document counts now.";
      onDone();
    });
  }
  return (
    <section class="site-section" aria-labelledby="drift">
      <h2 class="site-section-title" id="drift">
        {isBuiltIn ? "Newer than yours" : "A newer document"}
      </h2>
      <p class="text-muted">
        {isBuiltIn
          ? "An update of Callingcard may know more of this service than when it was added. Nothing changes until you say so."
          : "Paste what the service publishes now. You see what changes, and which lines of your functions would break, before it counts."}
      </p>
      {!isBuiltIn && (
        <DocumentField
          label="OpenAPI document"
          help=""
          value={text.value}
          reason={reason.value}
          onChange={(next) => {
            text.value = next;
            reason.value = "";
            found.value = null;
          }}
        />
      )}
      <div>
        <button
          type="button"
          class="button"
          disabled={busy.value || (!isBuiltIn && text.value.trim() === "")}
          onClick={() => void compare()}
        >
          {busy.value ? "Comparing" : "Compare"}
        </button>
      </div>
      <div class="drift" role="status">
        {said.value && <p>{said.value}</p>}
        {problem.value && (
          <p class="form-error">
            {sentences(problem.value.message, problem.value.hint)} <code>{problem.value.code}</code>
          </p>
        )}
        {found.value && <Found {...found.value} busy={busy.value} accept={accept} />}
      </div>
    </section>
  );
}

function Found(props: { drift: Drift; document: Json; busy: boolean; accept: (document: Json) => Promise<void> }) {
  const { drift, document, busy, accept } = props;
  if (drift.changes.length === 0) return <p>Nothing that functions see has changed.</p>;
  return (
    <>
      <h3 class="plot-title">{count(drift.changes.length, "change")}</h3>
      <ul class="drift-changes">
        {drift.changes.map((change) => (
          <li key={change}>{change}</li>
        ))}
      </ul>
      {drift.breaks.length === 0 ? (
        <p>No line of a function breaks.</p>
      ) : (
        <>
          <h3 class="plot-title text-danger">{count(drift.breaks.length, "line")} would break</h3>
          <ul class="drift-changes">
            {drift.breaks.map((one) => (
              <li key={`${one.function} ${one.line} ${one.message}`}>
                <a class="quiet-link" href={lineAddress(one.function, one.line)}>
                  {one.function}, line {one.line}
                </a>{" "}
                {sentences(one.message)}
              </li>
            ))}
          </ul>
        </>
      )}
      <div>
        <button
          type="button"
          class={drift.breaks.length > 0 ? "button button-danger" : "button button-primary"}
          disabled={busy}
          onClick={() => void accept(document)}
        >
          {drift.breaks.length > 0 ? "Accept, and break them" : "Accept"}
        </button>
      </div>
    </>
  );
}
