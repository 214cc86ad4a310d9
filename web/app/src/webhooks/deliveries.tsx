/** What went out to a webhook lately, and what could not; each can be sent again. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { CircleCheck, CircleDashed, CircleX } from "lucide";

import { Waiting } from "../inboxes/section.tsx";
import { sentences } from "../sites/words.ts";
import { Ago } from "../ui/ago.tsx";
import { Breakable } from "../ui/breakable.tsx";
import { Icon } from "../ui/icon.tsx";
import { usePolled } from "../ui/poll.ts";
import { problemFrom } from "../ui/states.tsx";
import { relative } from "../ui/time.ts";
import { deliveriesPath, readDeliveries, redeliver, type Delivery } from "./webhooks.ts";
import { attemptWords, DELIVERY } from "./words.ts";

const LOOKS = {
  waiting: { icon: CircleDashed, look: "unknown" },
  delivered: { icon: CircleCheck, look: "ok" },
  failed: { icon: CircleX, look: "trouble" },
} as const;

/** Show the newest deliveries to the webhook *id*. */
export function Deliveries({ id }: { id: string }) {
  const polled = usePolled(deliveriesPath(id), readDeliveries);
  const { value: deliveries, again } = polled;
  return (
    <section class="site-section" aria-labelledby="deliveries">
      <h2 class="site-section-title" id="deliveries">
        Deliveries
      </h2>
      <Waiting polled={polled} shape="table" />
      {deliveries?.length === 0 && <p class="desk-none">Nothing that it hears of has happened yet.</p>}
      {deliveries && deliveries.length > 0 && (
        <table class="table desk-table deliveries">
          <thead>
            <tr>
              <th scope="col">Event</th>
              <th scope="col">State</th>
              <th scope="col" class="wide-only">When</th>
              <th scope="col" class="desk-act">
                <span class="sr-only">Send again</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {deliveries.map((one) => (
              <Row key={one.id} id={id} delivery={one} onDone={again} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ id, delivery, onDone }: { id: string; delivery: Delivery; onDone: () => void }) {
  const { icon, look } = LOOKS[delivery.state];
  const said = attemptWords(delivery);
  return (
    <tr>
      <td title={delivery.eventType}>
        <details class="event">
          <summary>
            <code>
              <Breakable text={delivery.eventType} after="." />
            </code>
          </summary>
          <pre class="code" dir="ltr" tabIndex={0} aria-label="What is sent">
            <code>{JSON.stringify(delivery.event, null, 2)}</code>
          </pre>
        </details>
      </td>
      <td title={said}>
        <span class="health" data-state={look}>
          <Icon node={icon} size={16} />
          <span>{DELIVERY[delivery.state]}</span>
        </span>
        <span class="under">
          {said}
          {delivery.dueAt && delivery.attempts > 0 && (
            <>
              {said && ", "}again <Ago at={delivery.dueAt} words={soon} />
            </>
          )}
        </span>
      </td>
      <td class="wide-only text-muted">
        <Ago at={delivery.occurredAt} words={relative} />
      </td>
      <td class="desk-act">{delivery.state !== "waiting" && <Again id={id} delivery={delivery} onDone={onDone} />}</td>
    </tr>
  );
}

function Again({ id, delivery, onDone }: { id: string; delivery: Delivery; onDone: () => void }) {
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  async function send(): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      await redeliver(id, delivery.id);
      onDone();
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <>
      <button type="button" class="text-button" disabled={busy.value} onClick={() => void send()}>
        Send again<span class="sr-only"> {delivery.eventType}</span>
      </button>
      {problem.value && (
        <span class="under text-danger" role="alert">
          {sentences(problem.value.message)}
        </span>
      )}
    </>
  );
}

/** When something is tried next: "in 4 minutes", "any moment". */
function soon(then: Date, now: Date): string {
  const minutes = Math.round((then.getTime() - now.getTime()) / 60_000);
  if (minutes < 1) return "any moment";
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  return minutes < 60 ? words.format(minutes, "minute") : words.format(Math.round(minutes / 60), "hour");
}
