/** What a function may use, as its own head says it, and the way to be rid of it. */
import { useSignal } from "@preact/signals";

import { address, functionAddress, navigate } from "../../router.ts";
import { deleteFunction } from "../functions.ts";
import type { FunctionDetails } from "../types.ts";
import { duration, size } from "../words.ts";
import { Ask } from "./ask.tsx";
import { FunctionFrame } from "./frame.tsx";

const ON_ERROR = {
  fail: "The caller is told",
  anonymous: "The caller gets null",
  stale: "The caller gets the last good result",
} as const;

/** Show the settings, which are changed in the source. */
export function SettingsTab({ details }: { details: FunctionDetails }) {
  const { name, manifest, connectors, storage } = details;
  const withStorage = useSignal(false);
  const facts: [string, string][] = [
    ["Connectors", connectors.join(", ") || "None"],
    ["Storage", storage.join(", ") || "None"],
  ];
  if (manifest) {
    facts.push(
      ["Packages", manifest.dependencies.join("\n") || "None"],
      ["Time", duration(manifest.timeoutMs)],
      ["Memory", size(manifest.memoryBytes)],
      ["When it fails", ON_ERROR[manifest.onError]],
      ["Kept out of the history", manifest.sensitive.join(", ") || "Nothing by name"],
    );
  }
  return (
    <FunctionFrame name={name} tab="settings">
      <main class="content function-page">
        <section class="site-section function-narrow">
          <h2 class="site-section-title">What it may use</h2>
          <dl class="properties function-facts">
            {facts.map(([what, text]) => (
              <div key={what}>
                <dt>{what}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
          <p class="help">
            These stand at the head of its source, so that they are versioned with it.{" "}
            <a class="quiet-link" href={functionAddress(name)}>
              Change them in the editor
            </a>
          </p>
        </section>
        <section class="site-section function-narrow">
          <h2 class="site-section-title">Delete</h2>
          <p>Its address answers no more, its schedules end, and its versions and its draft are gone.</p>
          <div>
            <Ask
              label="Delete this function"
              question={`Delete ${name}?`}
              isDanger
              act={async () => {
                await deleteFunction(name, withStorage.value);
                navigate(address("functions"));
              }}
            >
              <p>Whoever calls it gets an error from now on. This cannot be taken back.</p>
              <label class="choice">
                <input
                  type="checkbox"
                  checked={withStorage.value}
                  onChange={(event) => {
                    withStorage.value = event.currentTarget.checked;
                  }}
                />
                <span>
                  <span class="choice-name">Delete what it keeps in storage, too</span>
                  <span class="help">Otherwise a function of the same name finds it again.</span>
                </span>
              </label>
            </Ask>
          </div>
        </section>
      </main>
    </FunctionFrame>
  );
}
