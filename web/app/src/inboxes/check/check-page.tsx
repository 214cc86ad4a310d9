/** Tests the logged-in experience with two accounts, and shows how each step went. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { CircleCheck, CircleX, TriangleAlert } from "lucide";
import type { TargetedSubmitEvent } from "preact";

import { SelectField, TextField } from "../../sites/form/fields.tsx";
import { sentences } from "../../sites/words.ts";
import { Icon } from "../../ui/icon.tsx";
import { usePolled } from "../../ui/poll.ts";
import { problemFrom } from "../../ui/states.tsx";
import { INBOXES, readInboxes } from "../inboxes.ts";
import { DeskSection, Waiting } from "../section.tsx";
import { runCheck, type CheckReport } from "./check.ts";
import { ACCOUNT, contactReasons, LEVEL, stepsOf, verdict, type Step } from "./words.ts";

const MARKS = { ok: CircleCheck, warn: TriangleAlert, fail: CircleX } as const;

/** Test the inbox *name*, or the one that is chosen. */
export function CheckPage({ name }: { name: string | null }) {
  const polled = usePolled(INBOXES, readInboxes);
  const { value: inboxes } = polled;
  return (
    <DeskSection title="Test">
      <main class="content site-page desk-page">
        <p class="text-muted desk-intro">
          Two accounts sign in to the chat one after the other, in one browser: each is issued a token, is greeted, writes,
          is found on their contact, is routed, and signs out. Then nobody may be known, and the second may see nothing of the
          first.
        </p>
        <Waiting polled={polled} shape="text" />
        {inboxes && <Test inboxes={inboxes.map((one) => [one.name, one.title] as const)} first={name ?? inboxes[0]?.name ?? "web"} />}
      </main>
    </DeskSection>
  );
}

function Test({ inboxes, first }: { inboxes: readonly (readonly [string, string])[]; first: string }) {
  const inbox = useSignal(first);
  const contacts = useSignal(["", ""]);
  const busy = useSignal(false);
  const reasons = useSignal<Record<string, string>>({});
  const problem = useSignal<Problem | null>(null);
  const report = useSignal<CheckReport | null>(null);

  async function test(event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    problem.value = null;
    reasons.value = contactReasons(contacts.value);
    if (Object.keys(reasons.value).length > 0) return;
    report.value = null;
    busy.value = true;
    try {
      report.value = await runCheck(inbox.value, contacts.value.filter(Boolean));
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <>
      <form class="form site-form desk-form" noValidate autocomplete="off" onSubmit={(event) => void test(event)}>
        {inboxes.length > 1 && (
          <SelectField
            label="Inbox"
            value={inbox.value}
            options={inboxes}
            onChange={(next) => {
              inbox.value = next;
            }}
          />
        )}
        <details class="more-fields">
          <summary>Come as contacts of yours</summary>
          <div class="form-group">
            {(["First contact", "Second contact"] as const).map((label, place) => (
              <TextField
                key={label}
                label={label}
                help={place === 0 ? "Their address. Nothing of them changes; the conversation of the test is put away." : undefined}
                value={contacts.value[place] ?? ""}
                reason={reasons.value[String(place)] ?? ""}
                onChange={(text) => {
                  contacts.value = contacts.value.map((one, index) => (index === place ? text.trim() : one));
                }}
              />
            ))}
          </div>
        </details>
        <div class="desk-row">
          <button type="submit" class="button button-primary" disabled={busy.value}>
            {busy.value ? "Testing" : "Test now"}
          </button>
          <span class="text-muted text-sm">
            Agents see the conversations come and go; made accounts are erased at the end.
          </span>
        </div>
      </form>
      <div role="status">
        {problem.value && (
          <p class="form-error">
            {sentences(problem.value.message, problem.value.hint)} <code>{problem.value.code}</code>
          </p>
        )}
        {report.value && <Found report={report.value} />}
      </div>
    </>
  );
}

function Found({ report }: { report: CheckReport }) {
  return (
    <section class="site-section" aria-labelledby="report">
      <h2 class="site-section-title" id="report">
        {verdict(report)}
      </h2>
      <ol class="check-steps">
        {stepsOf(report.lines).map((step) => (
          <StepRow key={step.step} step={step} />
        ))}
      </ol>
    </section>
  );
}

function StepRow({ step }: { step: Step }) {
  return (
    <li class="check-step" data-level={step.level}>
      <Icon node={MARKS[step.level]} size={16} />
      <div>
        <p class="check-title">
          {step.title} <span class="check-level">{LEVEL[step.level]}</span>
        </p>
        {step.lines.map((line) => (
          <div key={line.account + line.message} class="check-line" data-level={line.level}>
            <p>
              {line.account && <span class="check-who">{ACCOUNT[line.account]}: </span>}
              {sentences(line.message)}
            </p>
            {line.remedy && <p class="check-remedy">{sentences(line.remedy)}</p>}
          </div>
        ))}
      </div>
    </li>
  );
}
