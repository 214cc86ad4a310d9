/** Adds a webhook, and shows its secret once. */
import { useSignal } from "@preact/signals";

import { DialogButton, DialogForm } from "../forms/dialog-form.tsx";
import { SecretOnce } from "../inboxes/secret-once.tsx";
import { WebhookFields } from "./webhook-fields.tsx";
import { addWebhook, type MadeWebhook } from "./webhooks.ts";
import { webhookReasons } from "./words.ts";

/** A button that opens the form. */
export function AddWebhook({ onDone }: { onDone: (made: MadeWebhook) => void }) {
  const made = useSignal<MadeWebhook | null>(null);
  return (
    <DialogButton
      label="Add webhook"
      look="button button-primary"
      title={made.value ? "Copy the secret now" : "Add a webhook"}
      onClosed={() => {
        const done = made.value;
        made.value = null;
        if (done) onDone(done);
      }}
    >
      {({ close }) =>
        made.value ? (
          <SecretOnce name={made.value.webhook.url} secret={made.value.secret} close={close}>
            Check the signature of every call with it (<code>X-HubSpot-Signature-v3</code>). It is not shown again.
          </SecretOnce>
        ) : (
          <Fields
            close={close}
            onMade={(one) => {
              made.value = one;
            }}
          />
        )
      }
    </DialogButton>
  );
}

function Fields({ close, onMade }: { close: () => void; onMade: (made: MadeWebhook) => void }) {
  const url = useSignal("");
  const events = useSignal<string[]>(["conversation.creation", "conversation.newMessage"]);
  return (
    <DialogForm
      label="Add webhook"
      busyLabel="Adding"
      cancel={close}
      check={() => webhookReasons(url.value, events.value)}
      save={async () => {
        onMade(await addWebhook(url.value, events.value));
      }}
    >
      {(reasons) => <WebhookFields url={url} events={events} reasons={reasons} />}
    </DialogForm>
  );
}
