/** How long an inbox keeps what was said, and whether it keeps anything of who says nothing. */
import { useSignal } from "@preact/signals";

import { Refusal } from "../../forms/refusal.tsx";
import { useSending, type Reasons } from "../../forms/sending.ts";
import { TextField } from "../../sites/form/fields.tsx";
import { useLoad } from "../../ui/load.ts";
import { Skeleton } from "../../ui/states.tsx";
import { putRetention, readRetention, retentionPath, type Retention } from "../inboxes.ts";
import { DeskProblem } from "../section.tsx";
import { daysReason, retentionWords } from "../words.ts";

const DAYS_AT_FIRST = 90;

/** Show and change the rule of *inbox*. */
export function Keeping({ inbox }: { inbox: string }) {
  const { value: rule, problem, retry } = useLoad(retentionPath(inbox), readRetention);
  return (
    <section class="site-section" aria-labelledby="keeping">
      <h2 class="site-section-title" id="keeping">
        How long it keeps things
      </h2>
      {problem && <DeskProblem problem={problem} retry={retry} />}
      {!rule && !problem && <Skeleton rows={2} shape="text" />}
      {rule && <Rule inbox={inbox} first={rule} />}
    </section>
  );
}

function Rule({ inbox, first }: { inbox: string; first: Retention }) {
  const was = useSignal(first);
  const keeps = useSignal(first.keepClosedDays === null);
  const days = useSignal(String(first.keepClosedDays ?? DAYS_AT_FIRST));
  const silent = useSignal(first.storeSilentVisitors);
  const { isBusy, problem, reasons, form, send } = useSending();
  const wanted = (): Retention => ({
    keepClosedDays: keeps.value ? null : Number(days.value),
    storeSilentVisitors: silent.value,
  });
  const isChanged =
    wanted().keepClosedDays !== was.value.keepClosedDays || wanted().storeSilentVisitors !== was.value.storeSilentVisitors;
  function wrong(): Reasons {
    const reason = keeps.value ? "" : daysReason(days.value);
    return reason ? { keepClosedDays: reason } : {};
  }

  return (
    <form
      class="form site-form desk-form"
      ref={form}
      noValidate
      autocomplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        void send(wrong(), async () => {
          was.value = await putRetention(inbox, wanted());
        });
      }}
    >
      <label class="choice">
        <input
          type="checkbox"
          checked={!keeps.value}
          onChange={(event) => {
            keeps.value = !event.currentTarget.checked;
          }}
        />
        <span>
          <span class="choice-name">Remove closed conversations</span>
          <span class="help">Counted from the last thing that happened in them. What is removed cannot be brought back.</span>
        </span>
      </label>
      {!keeps.value && (
        <TextField
          label="After so many days"
          value={days.value}
          reason={reasons["keepClosedDays"] ?? ""}
          onChange={(text) => {
            days.value = text.trim();
          }}
        />
      )}
      <label class="choice">
        <input
          type="checkbox"
          checked={!silent.value}
          onChange={(event) => {
            silent.value = !event.currentTarget.checked;
          }}
        />
        <span>
          <span class="choice-name">Keep nothing of visitors who write nothing</span>
          <span class="help">Their sessions are forgotten within a day; who comes back is greeted as a new visitor.</span>
        </span>
      </label>
      <div class="save-bar" data-changed={isChanged}>
        <Refusal problem={problem} />
        <button type="submit" class="button button-primary" disabled={isBusy || !isChanged}>
          {isBusy ? "Saving" : "Save what is kept"}
        </button>
        <span class="text-muted text-sm" role="status">
          {isChanged ? "It counts within minutes." : retentionWords(was.value)}
        </span>
      </div>
    </form>
  );
}
