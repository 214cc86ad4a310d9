/** What an inbox says and asks. Only what was changed is sent. */
import { useSignal } from "@preact/signals";

import { Refusal } from "../../forms/refusal.tsx";
import { useSending, type Reasons } from "../../forms/sending.ts";
import { useUnsaved } from "../../forms/unsaved.ts";
import { ChoiceField, TextField } from "../../sites/form/fields.tsx";
import { changeInbox, type Identify, type Inbox } from "../inboxes.ts";
import { Stated } from "./stated.tsx";
import { changesOf, IDENTIFY, inboxReasons } from "../words.ts";

interface Editing {
  draft: Inbox;
  reasons: Reasons;
  change: (changes: Partial<Inbox>) => void;
}

const MODES = (["off", "optional", "required"] as const).map((mode) => [mode, IDENTIFY[mode]] as const);

/** Change the settings of an inbox, which are *first* now. */
export function InboxSettings({ first }: { first: Inbox }) {
  const was = useSignal(first);
  const draft = useSignal(first);
  const saved = useSignal(false);
  const { isBusy, problem, reasons, form, send } = useSending();
  const changes = (): Partial<Inbox> => changesOf(was.value, draft.value);
  const isChanged = useUnsaved(() => Object.keys(changes()).length > 0);

  async function save(): Promise<void> {
    was.value = await changeInbox(first.name, changes());
    draft.value = was.value;
    saved.value = true;
  }

  const editing: Editing = {
    draft: draft.value,
    reasons,
    change: (given) => {
      draft.value = { ...draft.value, ...given };
      saved.value = false;
    },
  };
  return (
    <section class="site-section" aria-labelledby="settings">
      <h2 class="site-section-title" id="settings">
        What it says and asks
      </h2>
      <form
        class="form site-form desk-form"
        ref={form}
        noValidate
        autocomplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          void send(inboxReasons(draft.value), save);
        }}
      >
        <Words {...editing} />
        <Asking {...editing} />
        <Stated
          chosen={draft.value.props}
          reasons={reasons}
          onChange={(props) => {
            editing.change({ props });
          }}
        />
        <div class="save-bar" data-changed={isChanged}>
          <Refusal problem={problem} />
          <button type="submit" class="button button-primary" disabled={isBusy || !isChanged}>
            {isBusy ? "Saving" : "Save"}
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
