/** Makes an inbox. */
import { useSignal } from "@preact/signals";

import { TextField } from "../sites/form/fields.tsx";
import { DialogButton, DialogForm } from "../forms/dialog-form.tsx";
import { makeInbox, type Inbox } from "./inboxes.ts";
import { newInboxReasons } from "./words.ts";

/** A button that opens the form; *taken* are the names there are. */
export function NewInbox({ taken, onDone }: { taken: readonly string[]; onDone: (made: Inbox) => void }) {
  return (
    <DialogButton label="Add inbox" title="Add an inbox" look="button button-primary">
      {({ close }) => <Fields taken={taken} close={close} onDone={onDone} />}
    </DialogButton>
  );
}

function Fields(props: { taken: readonly string[]; close: () => void; onDone: (made: Inbox) => void }) {
  const name = useSignal("");
  const title = useSignal("");
  return (
    <DialogForm
      label="Add inbox"
      busyLabel="Adding"
      cancel={props.close}
      check={() => newInboxReasons(name.value, title.value.trim(), props.taken)}
      save={async () => {
        const made = await makeInbox(name.value, title.value.trim());
        props.close();
        props.onDone(made);
      }}
    >
      {(reasons) => (
        <>
          <TextField
            label="Name"
            help="Short, for addresses, such as help. It cannot be changed later."
            value={name.value}
            reason={reasons["name"] ?? ""}
            onChange={(text) => {
              name.value = text.trim();
            }}
          />
          <TextField
            label="Title"
            help="What visitors read above the chat."
            value={title.value}
            reason={reasons["title"] ?? ""}
            onChange={(text) => {
              title.value = text;
            }}
          />
        </>
      )}
    </DialogForm>
  );
}
