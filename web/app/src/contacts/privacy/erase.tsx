/** Erases a person, once their name was typed; and what the receipt says. */
import { useSignal } from "@preact/signals";

import { DialogButton, DialogForm } from "../../forms/dialog-form.tsx";
import { address } from "../../router.ts";
import { TextField } from "../../sites/form/fields.tsx";
import { exact } from "../../ui/time.ts";
import { erasePerson } from "../calls.ts";
import { contactName } from "../store.ts";
import type { ContactDetail, Receipt } from "../types.ts";
import { countWords, isTyped } from "./words.ts";

/** The button, and the question behind it. */
export function EraseButton({ contact, erased }: { contact: ContactDetail; erased: (receipt: Receipt) => void }) {
  const name = contact.email ?? contactName(contact);
  return (
    <DialogButton label="Erase" look="button button-danger" title={`Erase ${contactName(contact)} for good?`}>
      {({ close }) => <EraseForm id={contact.id} name={name} close={close} erased={erased} />}
    </DialogButton>
  );
}

function EraseForm(props: { id: string; name: string; close: () => void; erased: (receipt: Receipt) => void }) {
  const { id, name, close, erased } = props;
  const typed = useSignal("");
  return (
    <DialogForm
      label="Erase for good"
      busyLabel="Erasing"
      check={() => (isTyped(typed.value, name) ? {} : { name: `Type ${name} to go on.` })}
      save={async () => {
        const receipt = await erasePerson(id);
        close();
        erased(receipt);
      }}
      cancel={close}
    >
      {(reasons) => (
        <>
          <ul class="consequences">
            <li>
              The contact and its conversations, with every message and note, are removed, and so is what other parts of this
              server keep of this person.
            </li>
            <li>An open chat window ends at once.</li>
            <li>Nobody can bring any of it back, and old copies that come in are refused.</li>
            <li>A receipt of counts stays, without the name.</li>
          </ul>
          <TextField
            label={`Type ${name}`}
            value={typed.value}
            reason={reasons["name"] ?? ""}
            onChange={(text) => {
              typed.value = text;
            }}
          />
        </>
      )}
    </DialogForm>
  );
}

/** What became of it: counts, and nobody's name. */
export function Erased({ receipt }: { receipt: Receipt }) {
  const counts = countWords(receipt.counts);
  return (
    <section class="erased" role="status">
      <h2 class="site-section-title">This person is erased</h2>
      <p>
        {receipt.state === "done"
          ? "Everything that was kept of them is gone."
          : "What this desk kept is gone; what others kept for it is being removed, and goes on by itself."}
      </p>
      {counts.length > 0 && (
        <dl class="properties">
          {counts.map(([what, count]) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd>{count.toLocaleString()}</dd>
            </div>
          ))}
        </dl>
      )}
      <p class="text-muted">
        Receipt <code>{receipt.id}</code>, {exact(new Date(receipt.startedAt))}
      </p>
      <div>
        <a class="button" href={address("contacts")}>
          Back to the contacts
        </a>
      </div>
    </section>
  );
}
