/** Says that a site's settings were made here, what the file would say, and offers to go back. */
import type { SiteDetails } from "@callingcard/kit/api.ts";
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

import { address, navigate } from "../../router.ts";
import { problemFrom } from "../../ui/states.tsx";
import { dropSite } from "../sites.ts";
import { sentences } from "../words.ts";
import { differences } from "./differences.ts";

/** What there is to know and to do about a *site* that the database has a word on. */
export function Overriding({ site }: { site: SiteDetails }) {
  const isOnlyHere = site.source === "database";
  const found = site.settings && site.fileSettings ? differences(site.settings, site.fileSettings) : [];
  return (
    <section class="notice overriding" aria-label="Where these settings are">
      <p>
        {isOnlyHere
          ? "This site was added here and is in no file."
          : "These settings were changed here and go before those of the file."}
      </p>
      {!isOnlyHere && (
        <details>
          <summary>
            {found.length === 0 ? "No difference that can be shown" : `What differs (${found.length})`}
          </summary>
          {found.length > 0 && <Comparison rows={found} />}
          <p class="help">Secrets are not compared: nobody is shown them.</p>
        </details>
      )}
      <Dropping site={site} isOnlyHere={isOnlyHere} />
    </section>
  );
}

function Comparison({ rows }: { rows: ReturnType<typeof differences> }) {
  return (
    <div class="plot-scroll" tabIndex={0} role="region" aria-label="What differs from the file">
      <table class="numbers comparison">
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col">Here</th>
            <th scope="col">In the file</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">
                <code>{row.name}</code>
              </th>
              <td>{row.here || <span class="text-muted">not set</span>}</td>
              <td>{row.file || <span class="text-muted">not set</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Dropping({ site, isOnlyHere }: { site: SiteDetails; isOnlyHere: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const words = isOnlyHere
    ? { act: "Delete this site", ask: `Delete ${site.name}?`, then: "Its settings and secrets are gone then, and its pages get no more tokens." }
    : { act: "Use the file’s settings again", ask: `Use the file’s settings for ${site.name}?`, then: "What was set here is gone then, its secrets too. The file counts at once." };
  async function drop(): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      await dropSite(site.name);
      dialog.current?.close();
      navigate(isOnlyHere ? address("sites") : address("sites", site.name), { anyway: true });
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <>
      <button type="button" class="button" onClick={() => dialog.current?.showModal()}>
        {words.act}
      </button>
      <dialog class="panel dialog" ref={dialog} aria-labelledby="drop-title">
        <h2 class="site-section-title" id="drop-title">
          {words.ask}
        </h2>
        <p>{words.then}</p>
        {problem.value && (
          <p class="form-error" role="alert">
            {sentences(problem.value.message, problem.value.hint)}
          </p>
        )}
        <div class="dialog-buttons">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="button" class="button button-danger" disabled={busy.value} onClick={() => void drop()}>
            {words.act}
          </button>
        </div>
      </dialog>
    </>
  );
}
