/** Calls a service to see whether it answers and takes the key. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { CircleCheck, TriangleAlert } from "lucide";

import { duration } from "../functions/words.ts";
import { sentences } from "../sites/words.ts";
import { Ago } from "../ui/ago.tsx";
import { Icon } from "../ui/icon.tsx";
import { problemFrom } from "../ui/states.tsx";
import { relative } from "../ui/time.ts";
import { checkConnector, type Check, type Connector } from "./connectors.ts";

/** Offer a check of *connector*, and show the last one. */
export function Checkup({ connector, onDone }: { connector: Connector; onDone: () => void }) {
  const busy = useSignal(false);
  const made = useSignal<Check | null>(null);
  const problem = useSignal<Problem | null>(null);
  const check = made.value ?? connector.lastCheck;
  async function run(): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      made.value = await checkConnector(connector.name);
      onDone();
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <section class="site-section" aria-labelledby="check">
      <div class="site-section-head">
        <h2 class="site-section-title" id="check">
          Check
        </h2>
        <button type="button" class="button" disabled={busy.value} onClick={() => void run()}>
          {busy.value ? "Checking" : "Check now"}
        </button>
      </div>
      <div role="status">
        {problem.value && (
          <p class="form-error">
            {sentences(problem.value.message, problem.value.hint)} <code>{problem.value.code}</code>
          </p>
        )}
        {!problem.value && check && <Outcome check={check} />}
        {!problem.value && !check && (
          <p class="text-muted">One call, with the key, to the operation that is named for it. It changes nothing there.</p>
        )}
      </div>
    </section>
  );
}

function Outcome({ check }: { check: Check }) {
  const facts = [check.status === null ? "" : `Status ${check.status}`, check.ms > 0 ? duration(check.ms) : ""].filter(Boolean);
  return (
    <div class="finding" data-level={check.ok ? "ok" : "fail"}>
      <Icon node={check.ok ? CircleCheck : TriangleAlert} size={16} />
      <div>
        <p>
          <strong>{check.ok ? "Good" : "Broken"}</strong> – {sentences(check.message)}
        </p>
        {check.remedy && <p>{sentences(check.remedy)}</p>}
        <p class="text-muted text-sm">
          {facts.map((fact) => `${fact}, `)}
          <Ago at={check.at} words={relative} />
        </p>
      </div>
    </div>
  );
}
