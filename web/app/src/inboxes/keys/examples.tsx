/** How to sign with a key, in the reader's language. */
import { useSignal } from "@preact/signals";

import { SelectField } from "../../sites/form/fields.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { useLoad } from "../../ui/load.ts";
import { Failure, Skeleton } from "../../ui/states.tsx";
import { examplesPath, readExamples, type Example, type SigningKey } from "../inboxes.ts";

const CHOSEN = "callingcard-language";

/** Show programs that sign with one of *keys* for *inbox*. */
export function Examples({ inbox, keys }: { inbox: string; keys: readonly SigningKey[] }) {
  const chosen = useSignal("");
  const kid = keys.some((key) => key.kid === chosen.value) ? chosen.value : (keys[0]?.kid ?? "");
  const { value: examples, problem, retry } = useLoad(examplesPath(inbox, kid), readExamples);
  return (
    <div class="examples">
      <h3 class="examples-title">Sign a visitor in</h3>
      {keys.length > 1 && (
        <SelectField
          label="With the key"
          value={kid}
          options={keys.map((key) => [key.kid, key.kid] as const)}
          onChange={(next) => {
            chosen.value = next;
          }}
        />
      )}
      {problem && <Failure problem={problem} retry={retry} />}
      {!examples && !problem && <Skeleton rows={6} shape="text" />}
      {examples && <Program examples={examples} />}
    </div>
  );
}

function Program({ examples }: { examples: readonly Example[] }) {
  const language = useSignal(localStorage.getItem(CHOSEN) ?? "");
  const shown = examples.find((one) => one.language === language.value) ?? examples[0];
  if (!shown) return <p class="text-muted">Any JWT library signs with this kind of key.</p>;
  return (
    <>
      <fieldset class="segments desk-segments">
        <legend class="sr-only">Language</legend>
        {examples.map((one) => (
          <label key={one.language}>
            <input
              type="radio"
              name="language"
              checked={one.language === shown.language}
              onChange={() => {
                language.value = one.language;
                localStorage.setItem(CHOSEN, one.language);
              }}
            />
            <span>{one.language}</span>
          </label>
        ))}
      </fieldset>
      <div class="code-block">
        <pre class="code" dir="ltr" tabIndex={0} aria-label={`Example in ${shown.language}`}>
          <code>{shown.code}</code>
        </pre>
        <CopyButton text={shown.code} what={`the ${shown.language} example`} />
      </div>
    </>
  );
}
