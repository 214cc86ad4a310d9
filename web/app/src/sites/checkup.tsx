/** Has the doctor look at a site, and shows what it found. */
import type { Finding } from "@callingcard/kit/api.ts";
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { CircleCheck, CircleX, TriangleAlert } from "lucide";
import type { IconNode } from "lucide";

import { Icon } from "../ui/icon.tsx";
import { problemFrom } from "../ui/states.tsx";
import { checkSite } from "./sites.ts";
import { LEVEL, sentences } from "./words.ts";

const MARKS: Readonly<Record<Finding["level"], IconNode>> = { ok: CircleCheck, warn: TriangleAlert, fail: CircleX };

/** Offer a check of the site *name*. */
export function Checkup({ name }: { name: string }) {
  const findings = useSignal<Finding[] | null>(null);
  const problem = useSignal<Problem | null>(null);
  const busy = useSignal(false);
  async function check(): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      findings.value = await checkSite(name);
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
        <button type="button" class="button" disabled={busy.value} onClick={() => void check()}>
          {busy.value ? "Checking" : "Check now"}
        </button>
      </div>
      <p class="text-muted">Looks at the settings, the keys and the platform, and asks for one trial token.</p>
      <div role="status">
        {problem.value && <p class="form-error">{sentences(problem.value.message, problem.value.hint)}</p>}
        {findings.value && (
          <ul class="findings">
            {findings.value.map((finding) => (
              <li class="finding" data-level={finding.level} key={finding.level + finding.message}>
                <Icon node={MARKS[finding.level]} size={16} />
                <div>
                  <p>
                    <strong>{LEVEL[finding.level]}</strong> – {finding.message}
                  </p>
                  {finding.remedy && <p class="text-muted">{sentences(finding.remedy)}</p>}
                </div>
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}
