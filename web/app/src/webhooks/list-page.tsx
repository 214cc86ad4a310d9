/** The webhooks: who is told what happens at the desk, and how that goes. */
import { useRef } from "preact/hooks";

import { count } from "../functions/words.ts";
import { DeskSection, Waiting } from "../inboxes/section.tsx";
import { address, navigate } from "../router.ts";
import { useListKeys } from "../ui/list-keys.ts";
import { usePolled } from "../ui/poll.ts";
import { Empty } from "../ui/states.tsx";
import { AddWebhook } from "./add-webhook.tsx";
import { StateMark } from "./parts.tsx";
import { readWebhooks, WEBHOOKS, type Webhook } from "./webhooks.ts";
import { heard } from "./words.ts";

/** Every webhook. */
export function WebhooksPage() {
  const polled = usePolled(WEBHOOKS, readWebhooks);
  const { value: webhooks } = polled;
  const list = useRef<HTMLElement>(null);
  useListKeys(list);
  const add = (
    <AddWebhook
      onDone={(made) => {
        navigate(address("webhooks", made.webhook.id));
      }}
    />
  );
  return (
    <DeskSection title="Webhooks" action={webhooks && webhooks.length > 0 && add}>
      <main class="content desk-list" ref={list}>
        <Waiting polled={polled} shape="table" />
        {webhooks?.length === 0 && (
          <Empty
            title="No webhooks yet"
            text="A webhook is an address of yours that is told when a conversation begins, somebody writes, or a contact changes: signed, and tried again for a day."
          >
            {add}
          </Empty>
        )}
        {webhooks && webhooks.length > 0 && <Table webhooks={webhooks} />}
      </main>
    </DeskSection>
  );
}

function Table({ webhooks }: { webhooks: readonly Webhook[] }) {
  return (
    <table class="table desk-table">
      <thead>
        <tr>
          <th scope="col">Address</th>
          <th scope="col">State</th>
          <th scope="col" class="wide-only">Hears of</th>
        </tr>
      </thead>
      <tbody>
        {webhooks.map((webhook) => (
          <tr key={webhook.id}>
            <td>
              <a class="row-link" data-row href={address("webhooks", webhook.id)} title={webhook.url}>
                {webhook.url}
              </a>
            </td>
            <td>
              <StateMark webhook={webhook} />
            </td>
            <td class="wide-only text-muted" title={heard(webhook).join("\n")}>
              {heard(webhook).length === 0 ? "Nothing" : count(heard(webhook).length, "kind of event", "kinds of event")}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
