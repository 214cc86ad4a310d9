/** What a webhook is made of: where it is, and what it hears of. */
import type { Signal } from "@preact/signals";

import type { Reasons } from "../forms/sending.ts";
import { TextField } from "../sites/form/fields.tsx";
import { EventsField } from "./events-field.tsx";

/** The fields, and what is wrong with each. */
export function WebhookFields({ url, events, reasons }: { url: Signal<string>; events: Signal<string[]>; reasons: Reasons }) {
  return (
    <>
      <TextField
        label="Address"
        help="Events are posted to it, in HubSpot's shapes, many at a time."
        placeholder="https://shop.example/hooks"
        value={url.value}
        reason={reasons["url"] ?? ""}
        onChange={(text) => {
          url.value = text.trim();
        }}
      />
      <EventsField
        chosen={events.value}
        reason={reasons["events"] ?? reasons["eventType"] ?? ""}
        onChange={(chosen) => {
          events.value = chosen;
        }}
      />
    </>
  );
}
