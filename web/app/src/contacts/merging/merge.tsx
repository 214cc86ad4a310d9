/** Makes one contact of two: find the other, choose which stays, read what comes of it. */
import type { Problem } from "@callingcard/kit/request.ts";
import { Seal } from "@callingcard/kit/design/seal.tsx";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { DialogButton, DialogForm } from "../../forms/dialog-form.tsx";
import { TextField } from "../../sites/form/fields.tsx";
import { problemFrom } from "../../ui/states.tsx";
import { findOthers, mergeContacts } from "../calls.ts";
import { contactName } from "../store.ts";
import type { Contact, ContactDetail } from "../types.ts";

const PAUSE_MS = 250;

/** The button; *merged* is told who is left. */
export function MergeButton({ contact, merged }: { contact: ContactDetail; merged: (survivorId: string) => void }) {
  return (
    <DialogButton label="Merge" title={`Merge ${contactName(contact)} with another contact`}>
      {({ close }) => <MergeForm contact={contact} merged={merged} close={close} />}
    </DialogButton>
  );
}

function MergeForm(props: { contact: ContactDetail; merged: (survivorId: string) => void; close: () => void }) {
  const { contact, merged, close } = props;
  const other = useSignal<Contact | null>(null);
  const keepsThis = useSignal(true);
  const chosen = other.value;
  const [stays, goes] = keepsThis.value ? [contact, chosen] : [chosen, contact];
  async function save(): Promise<void> {
    if (!stays || !goes) return;
    await mergeContacts(stays.id, goes.id);
    close();
    merged(stays.id);
  }
  return (
    <DialogForm
      label="Merge"
      busyLabel="Merging"
      check={() => (chosen ? {} : { other: "Choose the other contact first." })}
      save={save}
      cancel={close}
    >
      {(reasons) => (
        <>
          {!chosen && <Finder own={contact.id} reason={reasons["other"] ?? ""} choose={(found) => (other.value = found)} />}
          {chosen && (
            <>
              <fieldset class="choices">
                <legend>Which one stays</legend>
                <Stays contact={contact} isChosen={keepsThis.value} choose={() => (keepsThis.value = true)} />
                <Stays contact={chosen} isChosen={!keepsThis.value} choose={() => (keepsThis.value = false)} />
              </fieldset>
              <button type="button" class="text-button merge-again" onClick={() => (other.value = null)}>
                Choose another contact
              </button>
            </>
          )}
          {stays && goes && <Consequences stays={contactName(stays)} goes={contactName(goes)} />}
        </>
      )}
    </DialogForm>
  );
}

function Consequences({ stays, goes }: { stays: string; goes: string }) {
  return (
    <ul class="consequences">
      <li>
        The conversations, companies and deals of <strong dir="auto">{goes}</strong> become those of{" "}
        <strong dir="auto">{stays}</strong>.
      </li>
      <li>
        Where both have a value, that of <strong dir="auto">{stays}</strong> stays; gaps are filled.
      </li>
      <li>
        The address of <strong dir="auto">{goes}</strong> leads to <strong dir="auto">{stays}</strong> from now on.
      </li>
      <li>It can be undone for 30 days.</li>
    </ul>
  );
}

function Stays(props: { contact: Contact; isChosen: boolean; choose: () => void }) {
  const { contact, isChosen, choose } = props;
  return (
    <label class="choice">
      <input type="radio" name="survivor" checked={isChosen} onChange={choose} />
      <span>
        <span class="choice-name" dir="auto">
          {contactName(contact)}
        </span>
        <span class="help">
          {contact.email ?? "No address"} · <Seal evidence={contact.evidence} within="link" />
        </span>
      </span>
    </label>
  );
}

function Finder(props: { own: string; reason: string; choose: (found: Contact) => void }) {
  const { own, reason, choose } = props;
  const words = useSignal("");
  const found = useSignal<readonly Contact[] | null>(null);
  const problem = useSignal<Problem | null>(null);
  const sought = words.value.trim();
  useEffect(() => {
    const life = new AbortController();
    const timer = setTimeout(() => void look(), PAUSE_MS);
    async function look(): Promise<void> {
      if (sought === "") {
        found.value = null;
        return;
      }
      try {
        const others = await findOthers(sought, life.signal);
        found.value = others.filter((one) => one.id !== own);
        problem.value = null;
      } catch (error) {
        if (!life.signal.aborted) problem.value = problemFrom(error);
      }
    }
    return () => {
      clearTimeout(timer);
      life.abort();
    };
  }, [sought, own]);
  return (
    <>
      <TextField
        label="The other contact"
        help="Part of a name, an address or a company."
        value={words.value}
        reason={reason}
        onChange={(text) => {
          words.value = text;
        }}
      />
      {problem.value && (
        <p class="form-error" role="alert">
          {problem.value.message} {problem.value.hint}
        </p>
      )}
      {found.value?.length === 0 && <p class="text-muted">Nobody else matches.</p>}
      <ul class="finder">
        {found.value?.map((one) => (
          <li key={one.id}>
            <button type="button" class="finder-row" onClick={() => { choose(one); }}>
              <span dir="auto">{contactName(one)}</span>
              <span class="text-muted">{one.email}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
