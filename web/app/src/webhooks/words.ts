/** How the pages about webhooks speak. Pure. */
import type { Delivery, Webhook } from "./webhooks.ts";

/** What can be told, in HubSpot's words and in ours, in groups. */
export const EVENTS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    "Conversations",
    [
      ["conversation.creation", "One begins"],
      ["conversation.newMessage", "A message or a note in one"],
      ["conversation.propertyChange", "One is closed, opened again or assigned"],
      ["conversation.deletion", "One is put away"],
      ["conversation.privacyDeletion", "One is erased with its person"],
    ],
  ],
  [
    "Contacts",
    [
      ["contact.creation", "One is made"],
      ["contact.propertyChange", "One changes"],
      ["contact.associationChange", "One gets a company or a deal, or loses one"],
      ["contact.merge", "Two become one"],
      ["contact.deletion", "One is put away"],
      ["contact.restore", "One is taken out again"],
      ["contact.privacyDeletion", "One is erased"],
    ],
  ],
];

/** How a webhook is. */
export const STATE: Readonly<Record<Webhook["state"], string>> = {
  working: "Working",
  failing: "Failing",
  disabled: "Off",
};

/** What became of a delivery. */
export const DELIVERY: Readonly<Record<Delivery["state"], string>> = {
  waiting: "On its way",
  delivered: "Delivered",
  failed: "Given up",
};

/** What is wrong with a webhook before it is sent, by field. */
export function webhookReasons(url: string, events: readonly string[]): Record<string, string> {
  const reasons: Record<string, string> = {};
  if (!/^https?:\/\/[^\s/]+/.test(url)) reasons["url"] = "A whole address, as in https://shop.example/hooks.";
  if (events.length === 0) reasons["events"] = "Choose what it is to hear of.";
  return reasons;
}

/** What a webhook hears of, without those that are paused. */
export function heard(webhook: Webhook): string[] {
  return [...new Set(webhook.subscriptions.filter((one) => one.active).map((one) => one.eventType))];
}

const FAILED_TOO_LONG_MS = 3 * 24 * 60 * 60 * 1000; // after this the server turns one off

/** What is behind a webhook that is off: whether it failed for too long, or somebody turned it off. */
export function whyOff({ disabledAt, failingSince }: Pick<Webhook, "disabledAt" | "failingSince">): string {
  if (disabledAt === null) return "";
  const failedMs = failingSince === null ? 0 : Date.parse(disabledAt) - Date.parse(failingSince);
  if (failedMs >= FAILED_TOO_LONG_MS) return "It was turned off because nothing arrived for three days. What happened since is not sent.";
  return "Somebody turned it off. What happened since is not sent.";
}

/** How the newest attempt of a delivery went, or "". */
export function attemptWords(delivery: Delivery): string {
  const tries = delivery.attempts > 1 ? ` after ${delivery.attempts} tries` : "";
  if (delivery.state === "delivered") return delivery.lastStatus === null ? "" : `Answered ${delivery.lastStatus}${tries}`;
  if (delivery.attempts === 0) return "";
  const said = delivery.lastStatus === null ? (delivery.lastProblem ?? "No answer") : `Answered ${delivery.lastStatus}`;
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}${tries}`;
}
