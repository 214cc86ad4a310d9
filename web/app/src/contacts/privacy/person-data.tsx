/** What a person may ask for: to be signed out, to be told everything, to be forgotten. */
import { useSignal } from "@preact/signals";

import { Ask } from "../../functions/page/ask.tsx";
import { session } from "../../session/session.ts";
import { contactName } from "../store.ts";
import { endSessions } from "../calls.ts";
import { SaveButton } from "../transfer/save-button.tsx";
import type { ContactDetail, Receipt } from "../types.ts";
import { EraseButton } from "./erase.tsx";

/** Show what can be done for *contact*'s person; *erased* is told the receipt. */
export function PersonData({ contact, erased }: { contact: ContactDetail; erased: (receipt: Receipt) => void }) {
  const said = useSignal("");
  const isOperator = session.value?.agent.role !== "agent";
  return (
    <section class="person-data">
      <h3 class="section-title">This person’s data</h3>
      <div class="person-act">
        <p>
          Sign them out of every browser. They start anew as strangers until your site vouches for them again.
          {said.value && <span role="status"> {said.value}</span>}
        </p>
        <Ask
          label="End all sessions"
          question={`Sign ${contactName(contact)} out everywhere?`}
          act={async () => {
            const ended = await endSessions(contact.id);
            said.value = ended === 0 ? "There was no session to end." : `${ended} ended.`;
          }}
        >
          <p>Open chat windows turn anonymous, and tokens that were shown count no more. No message is lost.</p>
        </Ask>
      </div>
      {isOperator && (
        <>
          <div class="person-act">
            <p>Everything that is kept of them, as a zip of JSON files and one page to read. The audit log tells of it.</p>
            <SaveButton
              label="Export everything"
              path="/v1/people/export"
              name={`person-${contact.id}.zip`}
              body={{ contactId: contact.id }}
            />
          </div>
          <div class="person-act">
            <p>Forget them for good: contact, conversations, and what else is kept. There is no way back.</p>
            <EraseButton contact={contact} erased={erased} />
          </div>
        </>
      )}
      {!isOperator && <p class="help">Exporting and erasing are for owners and operators.</p>}
    </section>
  );
}
