/** What went out to channels lately, and what could not. */
import { CircleCheck, CircleDashed, CircleX } from "lucide";

import { count } from "../functions/words.ts";
import { sentences } from "../sites/words.ts";
import { Ago } from "../ui/ago.tsx";
import { Icon } from "../ui/icon.tsx";
import { relative } from "../ui/time.ts";
import type { Channel, Delivery } from "./alerts.ts";
import { DELIVERIES } from "./words.ts";

const LOOKS = {
  waiting: { icon: CircleDashed, look: "unknown" },
  sent: { icon: CircleCheck, look: "ok" },
  failed: { icon: CircleX, look: "trouble" },
} as const;

/** How a delivery is getting on: a shape and a word. */
export function DeliveryMark({ delivery }: { delivery: Delivery }) {
  const { icon, look } = LOOKS[delivery.state];
  return (
    <span class="health" data-state={look}>
      <Icon node={icon} size={16} />
      <span>{DELIVERIES[delivery.state]}</span>
    </span>
  );
}

/** Show *deliveries*, newest first. */
export function Deliveries({ deliveries, channels }: { deliveries: readonly Delivery[]; channels: readonly Channel[] }) {
  if (deliveries.length === 0) return null;
  const names = new Map(channels.map((channel) => [channel.id, channel.name]));
  return (
    <section class="site-section" aria-labelledby="deliveries">
      <h2 class="site-section-title" id="deliveries">
        Deliveries
      </h2>
      <table class="table deliveries-table">
        <thead>
          <tr>
            <th scope="col">Message</th>
            <th scope="col">State</th>
            <th scope="col" class="wide-only">Channel</th>
            <th scope="col" class="number">When</th>
          </tr>
        </thead>
        <tbody>
          {deliveries.map((one) => (
            <tr key={one.id}>
              <td title={one.subject}>
                <span dir="auto">{one.subject}</span>
                {one.problem && (
                  <span class="under" title={one.problem}>
                    {sentences(one.problem)}
                    {one.attempts > 1 && ` ${count(one.attempts, "try", "tries")}.`}
                  </span>
                )}
              </td>
              <td>
                <DeliveryMark delivery={one} />
              </td>
              <td class="wide-only text-muted">{names.get(one.channel) ?? "Deleted"}</td>
              <td class="number text-muted">
                <Ago at={one.at} words={relative} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
