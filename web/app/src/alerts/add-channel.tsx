/**
 * Adds a channel by its URL.
 *
 * Invariant: the URL often holds a password; it lives in this dialog and goes with it.
 */
import { useSignal } from "@preact/signals";

import { DialogButton, DialogForm } from "../forms/dialog-form.tsx";
import { SecretField, TextField } from "../sites/form/fields.tsx";
import { addChannel } from "./alerts.ts";
import { channelReasons } from "./words.ts";

/** A button that opens the form. */
export function AddChannel({ onDone }: { onDone: () => void }) {
  return (
    <DialogButton label="Add channel" title="Add a channel">
      {({ close }) => (
        <ChannelForm
          cancel={close}
          onDone={() => {
            close();
            onDone();
          }}
        />
      )}
    </DialogButton>
  );
}

function ChannelForm({ cancel, onDone }: { cancel: () => void; onDone: () => void }) {
  const name = useSignal("");
  const url = useSignal("");
  return (
    <DialogForm
      label="Add channel"
      busyLabel="Adding"
      cancel={cancel}
      check={() => channelReasons(name.value, url.value)}
      save={async () => {
        await addChannel(name.value.trim(), url.value.trim());
        onDone();
      }}
    >
      {(reasons) => (
        <>
          <TextField
            label="Name"
            help="What people call it, such as Operators."
            value={name.value}
            reason={reasons["name"] ?? ""}
            onChange={(text) => {
              name.value = text;
            }}
          />
          <SecretField
            label="URL"
            help={
              <>
                In the form of{" "}
                <a class="quiet-link" href="https://github.com/caronc/apprise/wiki#notification-services" target="_blank" rel="noreferrer">
                  Apprise
                </a>
                , such as <code>discord://id/token</code> or <code>mailtos://user:password@host</code>. It is kept sealed and
                never shown again.
              </>
            }
            entry={{ text: url.value, stored: false }}
            required
            reason={reasons["url"] ?? ""}
            onChange={(entry) => {
              url.value = entry.text;
            }}
          />
        </>
      )}
    </DialogForm>
  );
}
