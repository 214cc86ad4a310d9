/**
 * Says why a proof is accepted or refused, step by step.
 *
 * Invariant: a pasted proof lives in this component alone, in no address and no storage, and
 * goes when the reader does. The server keeps and logs nothing of it either.
 */
import type { Explanation, Site } from "@callingcard/kit/api.ts";
import { SealMark } from "@callingcard/kit/design/seal.tsx";
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { CircleCheck, CircleX, Info } from "lucide";
import type { TargetedSubmitEvent } from "preact";
import { useEffect } from "preact/hooks";

import { Icon } from "../ui/icon.tsx";
import { problemFrom } from "../ui/states.tsx";
import { explainProof } from "./sites.ts";
import { CHECK, sentences, verdict } from "./words.ts";

const MOST = 16_384; // what the server reads at most

/** Offer to look at a proof for the site *name*. */
export function ProofDebugger({ name, proof }: { name: string; proof: Site["proof"] }) {
  return (
    <section class="site-section" aria-labelledby="debugger">
      <h2 class="site-section-title" id="debugger">
        Why is a proof refused?
      </h2>
      {proof === "jwt" || proof === "jwks" ? <Desk name={name} /> : <p class="text-muted">{NOTHING_TO_PASTE[proof]}</p>}
    </section>
  );
}

const NOTHING_TO_PASTE = {
  header: "A proxy's headers say who a visitor is, so there is no proof to paste. Check looks at who may set them.",
  key: "Only your server asks for tokens here, with a key, so there is no visitor's proof to look at.",
};

function Desk({ name }: { name: string }) {
  const text = useSignal("");
  const found = useSignal<Explanation | null>(null);
  const problem = useSignal<Problem | null>(null);
  const busy = useSignal(false);
  useEffect(() => {
    // A browser may keep a page that was left, with all that was typed into it.
    function forget(): void {
      text.value = "";
      found.value = null;
    }
    addEventListener("pagehide", forget);
    return () => {
      removeEventListener("pagehide", forget);
    };
  }, [text, found]);

  async function submit(event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    busy.value = true;
    problem.value = null;
    found.value = null;
    try {
      found.value = await explainProof(name, text.value.trim());
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <>
      <form class="debugger" autocomplete="off" onSubmit={(event) => void submit(event)}>
        <label class="field" for="proof">
          Paste a proof
        </label>
        <textarea
          class="input textarea code-input"
          id="proof"
          rows={5}
          maxLength={MOST}
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          aria-describedby="proof-help"
          placeholder="eyJ…"
          value={text}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            found.value = null;
          }}
        />
        <p class="help" id="proof-help">
          The token that your page sends. Nothing of it is kept or logged, and nobody gets a chat token for it.
        </p>
        <button type="submit" class="button" disabled={busy.value || text.value.trim() === ""}>
          {busy.value ? "Explaining" : "Explain"}
        </button>
      </form>
      <div role="status">
        {problem.value && <p class="form-error">{sentences(problem.value.message, problem.value.hint)}</p>}
        {found.value && <Verdict found={found.value} />}
      </div>
    </>
  );
}

const STEP = [
  { icon: CircleCheck, word: ": in order", level: "ok" },
  { icon: CircleX, word: ": not in order", level: "fail" },
  { icon: Info, word: "", level: "info" },
] as const;

function Verdict({ found }: { found: Explanation }) {
  return (
    <div class="verdict">
      <p class="verdict-line" data-accepted={found.accepted}>
        <span class="seal" data-evidence={found.accepted ? "signed" : "anonymous"}>
          <SealMark evidence={found.accepted ? "signed" : "anonymous"} size={20} />
        </span>
        <strong>{verdict(found)}</strong>
      </p>
      <ol class="findings">
        {found.checks.map((check) => {
          const step = STEP[check.ok === null ? 2 : check.ok ? 0 : 1];
          return (
            <li class="finding" data-level={step.level} key={check.name}>
              <Icon node={step.icon} size={16} />
              <div>
                <p>
                  <strong>
                    {CHECK[check.name] ?? check.name}
                    {step.word}
                  </strong>{" "}
                  – {check.detail}
                </p>
              </div>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
