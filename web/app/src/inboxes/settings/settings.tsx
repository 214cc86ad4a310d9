/** What an inbox says and asks. Only what was changed is sent. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import type { TargetedSubmitEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { askBeforeLeaving } from "../../router.ts";
import { ChoiceField, TextField } from "../../sites/form/fields.tsx";
import { sentences } from "../../sites/words.ts";
import { problemFrom } from "../../ui/states.tsx";
import { changeInbox, type Identify, type Inbox } from "../inboxes.ts";
import { Stated } from "./stated.tsx";
import { changesOf, IDENTIFY, inboxReasons } from "../words.ts";

interface Editing {
  draft: Inbox;
  reasons: Readonly<Record<string, string>>;
  change: (changes: Partial<Inbox>) => void;
}

const MODES = (["off", "optional", "required"] as const).map((mode) => [mode, IDENTIFY[mode]] as const);

/** Change the settings of an inbox, which are *first* now. */
export function InboxSettings({ first }: { first: Inbox }) {
  const was = useSignal(first);
  const draft = useSignal(first);
  const busy = useSignal(false);
  const saved = useSignal(false);
  const reasons = useSignal<Readonly<Record<string, string>>>({});
  const problem = useSignal<Problem | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const isChanged = Object.keys(changesOf(was.value, draft.value)).length > 0;
  useUnsaved(isChanged);

  async function save(event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    problem.value = null;
    reasons.value = inboxReasons(draft.value);
    if (Object.keys(reasons.value).length === 0) {
      busy.value = true;
      try {
        was.value = await changeInbox(first.name, changesOf(was.value, draft.value));
        draft.value = was.value;
        saved.value = true;
        return;
      } catch (error) {
        problem.value = problemFrom(error);
        reasons.value = problem.value.fields;
      } finally {
        busy.value = false;
      }
    }
    setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  }

  const editing: Editing = {
    draft: draft.value,
    reasons: reasons.value,
    change: (changes) => {
      draft.value = { ...draft.value, ...changes };
      saved.value = false;
    },
  };
  return (
    <section class="site-section" aria-labelledby="settings">
      <h2 class="site-section-title" id="settings">
        What it says and asks
      </h2>
      <form class="form site-form desk-form" ref={form} noValidate autocomplete="off" onSubmit={(event) => void save(event)}>
        <Words {...editing} />
        <Asking {...editing} />
        <Stated
          chosen={draft.value.props}
          reasons={reasons.value}
          onChange={(props) => {
            editing.change({ props });
          }}
        />
        <div class="save-bar" data-changed={isChanged}>
          {problem.value && (
            <p class="form-error" role="alert">
              {sentences(problem.value.message, problem.value.hint)} <code>{problem.value.code}</code>
            </p>
          )}
          <button type="submit" class="button button-primary" disabled={busy.value || !isChanged}>
            {busy.value ? "Saving" : "Save"}
          </button>
          <span class="text-muted text-sm" role="status">
            {isChanged ? "It counts for the next visitor." : saved.value ? "Saved." : "Nothing changed."}
          </span>
        </div>
      </form>
    </section>
  );
}

function Words({ draft, reasons, change }: Editing) {
  return (
    <>
      <TextField
        label="Title"
        help="What visitors read above the chat."
        value={draft.title}
        reason={reasons["title"] ?? ""}
        onChange={(title) => {
          change({ title });
        }}
      />
      <TextField
        label="Who answers"
        help="A line under the title, such as We answer within the day."
        value={draft.answeredBy}
        reason={reasons["answeredBy"] ?? ""}
        onChange={(answeredBy) => {
          change({ answeredBy });
        }}
      />
      <TextField
        label="Welcome"
        help={
          <>
            Said where no chatflow begins. <code>{"{first_name}"}</code> is the visitor&rsquo;s name, or &ldquo;there&rdquo; for
            whoever is not known.
          </>
        }
        rows={2}
        value={draft.welcome}
        reason={reasons["welcome"] ?? ""}
        onChange={(welcome) => {
          change({ welcome });
        }}
      />
    </>
  );
}

function Asking({ draft, reasons, change }: Editing) {
  return (
    <>
      <ChoiceField<Identify>
        legend="Identification"
        value={draft.identification}
        options={MODES}
        reason={reasons["identification"] ?? ""}
        onChange={(identification) => {
          change({ identification });
        }}
      />
      {draft.identification === "required" && (
        <label class="choice">
          <input
            type="checkbox"
            checked={draft.enforced}
            onChange={(event) => {
              change({ enforced: event.currentTarget.checked });
            }}
          />
          <span>
            <span class="choice-name">Refuse messages of who is not signed in</span>
            <span class="help">Leave it off while you set your site up; everybody can write until then.</span>
          </span>
        </label>
      )}
    </>
  );
}

/** Ask before the page is left with something that was not saved. */
function useUnsaved(isChanged: boolean): void {
  useEffect(() => {
    if (!isChanged) return;
    const end = askBeforeLeaving(() => confirm("Leave without saving? What you changed is lost then."));
    function ask(event: BeforeUnloadEvent): void {
      event.preventDefault();
    }
    addEventListener("beforeunload", ask);
    return () => {
      end();
      removeEventListener("beforeunload", ask);
    };
  }, [isChanged]);
}
