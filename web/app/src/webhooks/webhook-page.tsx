/** One webhook: whether it works and why not, what it hears of, and every delivery of late. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { ArrowLeft } from "lucide";

import { Ask } from "../functions/page/ask.tsx";
import { DialogButton, DialogForm } from "../forms/dialog-form.tsx";
import { SecretOnce } from "../inboxes/secret-once.tsx";
import { DeskSection, Waiting } from "../inboxes/section.tsx";
import { address, navigate } from "../router.ts";
import { sentences } from "../sites/words.ts";
import { Icon } from "../ui/icon.tsx";
import { usePolled } from "../ui/poll.ts";
import { problemFrom } from "../ui/states.tsx";
import { Deliveries } from "./deliveries.tsx";
import { StateMark } from "./parts.tsx";
import { changeWebhook, dropWebhook, readWebhook, renewSecret, webhookPath, type Webhook } from "./webhooks.ts";
import { WebhookFields } from "./webhook-fields.tsx";
import { heard, webhookReasons, whyOff } from "./words.ts";

/** Show the webhook *id*. */
export function WebhookPage({ id }: { id: string }) {
  const polled = usePolled(webhookPath(id), readWebhook);
  const { value: webhook, again } = polled;
  return (
    <DeskSection title="Webhook" tabTitle={webhook?.url ?? "Webhook"}>
      <main class="content site-page desk-page">
        <a class="back-link" href={address("webhooks")}>
          <Icon node={ArrowLeft} size={16} /> Webhooks
        </a>
        <Waiting polled={polled} shape="text" />
        {webhook && (
          <>
            <Summary webhook={webhook} onDone={again} />
            <Deliveries id={id} />
            <Secret webhook={webhook} />
            <Removing webhook={webhook} />
          </>
        )}
      </main>
    </DeskSection>
  );
}

function Summary({ webhook, onDone }: { webhook: Webhook; onDone: () => void }) {
  const kinds = heard(webhook);
  const off = whyOff(webhook);
  return (
    <section class="site-section" aria-label="About it">
      <p class="desk-name desk-url" title={webhook.url}>
        {webhook.url}
      </p>
      <div class="desk-row">
        <StateMark webhook={webhook} />
        <span class="desk-buttons">
          <Change webhook={webhook} onDone={onDone} />
          <Switch webhook={webhook} onDone={onDone} />
        </span>
      </div>
      {off && (
        <p class="notice" data-tone="warning">
          {off} Deliveries below can be sent again one by one, once it is on.
        </p>
      )}
      {webhook.state === "failing" && (
        <p class="notice" data-tone="warning">
          The newest calls did not arrive. Each is tried ten times within a day; see below why.
        </p>
      )}
      {kinds.length === 0 ? (
        <p class="desk-none">It hears of nothing: every subscription is paused.</p>
      ) : (
        <ul class="kinds">
          {kinds.map((kind) => (
            <li key={kind}>
              <code>{kind}</code>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Pauses a webhook, or turns it on again. */
function Switch({ webhook, onDone }: { webhook: Webhook; onDone: () => void }) {
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const isOff = webhook.state === "disabled";
  async function change(): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      await changeWebhook(webhook.id, { enabled: isOff });
      onDone();
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <>
      <button type="button" class="button" disabled={busy.value} onClick={() => void change()}>
        {isOff ? "Turn on" : "Pause"}
      </button>
      {problem.value && (
        <p class="form-error" role="alert">
          {sentences(problem.value.message, problem.value.hint)}
        </p>
      )}
    </>
  );
}

function Change({ webhook, onDone }: { webhook: Webhook; onDone: () => void }) {
  return (
    <DialogButton label="Change" title="Change the webhook">
      {({ close }) => (
        <ChangeFields
          webhook={webhook}
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

function ChangeFields({ webhook, cancel, onDone }: { webhook: Webhook; cancel: () => void; onDone: () => void }) {
  const url = useSignal(webhook.url);
  const events = useSignal(heard(webhook));
  return (
    <DialogForm
      label="Save"
      busyLabel="Saving"
      cancel={cancel}
      check={() => webhookReasons(url.value, events.value)}
      save={async () => {
        await changeWebhook(webhook.id, { url: url.value, events: events.value });
        onDone();
      }}
    >
      {(reasons) => <WebhookFields url={url} events={events} reasons={reasons} />}
    </DialogForm>
  );
}

function Secret({ webhook }: { webhook: Webhook }) {
  const secret = useSignal<string | null>(null);
  return (
    <section class="site-section" aria-labelledby="secret">
      <div class="site-section-head">
        <h2 class="site-section-title" id="secret">
          Secret
        </h2>
        <DialogButton
          label="New secret"
          title={secret.value === null ? "Make a new secret?" : "Copy the secret now"}
          onClosed={() => {
            secret.value = null;
          }}
        >
          {({ close }) =>
            secret.value === null ? (
              <DialogForm
                label="Make a new secret"
                busyLabel="Making"
                cancel={close}
                check={() => ({})}
                save={async () => {
                  secret.value = (await renewSecret(webhook.id)).secret;
                }}
              >
                {() => <p>The old one signs nothing any more: calls fail at your receiver until it has the new one.</p>}
              </DialogForm>
            ) : (
              <SecretOnce name={webhook.url} secret={secret.value} close={close}>
                It is not shown again.
              </SecretOnce>
            )
          }
        </DialogButton>
      </div>
      <p class="text-muted">
        Every call is signed with it, as HubSpot signs: version 3 in <code>X-HubSpot-Signature-v3</code>, version{" "}
        {webhook.signature.slice(1)} in <code>X-HubSpot-Signature</code>.
      </p>
    </section>
  );
}

function Removing({ webhook }: { webhook: Webhook }) {
  return (
    <section class="site-section" aria-label="Remove">
      <div>
        <Ask
          label="Remove webhook"
          question="Remove this webhook?"
          isDanger
          act={async () => {
            await dropWebhook(webhook.id);
            navigate(address("webhooks"));
          }}
        >
          <p>What is on its way to it is dropped, and its log is gone.</p>
        </Ask>
      </div>
    </section>
  );
}
