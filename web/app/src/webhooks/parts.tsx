/** Small things that both pages about webhooks show. */
import { CircleCheck, CirclePause, TriangleAlert } from "lucide";

import { Ago } from "../ui/ago.tsx";
import { Icon } from "../ui/icon.tsx";
import { relative } from "../ui/time.ts";
import type { Webhook } from "./webhooks.ts";
import { STATE } from "./words.ts";

const LOOKS = {
  working: { icon: CircleCheck, look: "ok" },
  failing: { icon: TriangleAlert, look: "trouble" },
  disabled: { icon: CirclePause, look: "unknown" },
} as const;

/** How a webhook is, and since when it is not well. */
export function StateMark({ webhook }: { webhook: Webhook }) {
  const { icon, look } = LOOKS[webhook.state];
  const since = webhook.disabledAt ?? webhook.failingSince;
  return (
    <span class="health" data-state={look}>
      <Icon node={icon} size={16} />
      <span>{STATE[webhook.state]}</span>
      {since && (
        <span class="health-since">
          <Ago at={since} words={relative} />
        </span>
      )}
    </span>
  );
}
