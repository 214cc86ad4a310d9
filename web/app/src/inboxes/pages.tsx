/** Which page about the desk's settings an address asks for; all of them are fetched together, when first needed. */
import { AuditPage } from "../audit/audit-page.tsx";
import { NotFound } from "../frame/not-found.tsx";
import type { Route } from "../router.ts";
import { WebhooksPage } from "../webhooks/list-page.tsx";
import { WebhookPage } from "../webhooks/webhook-page.tsx";
import { CheckPage } from "./check/check-page.tsx";
import { InboxPage } from "./inbox-page.tsx";
import { InboxesPage } from "./list-page.tsx";

/** Show the page for *here*. */
export function DeskPages({ here }: { here: Route }) {
  switch (here.page) {
    case "inboxes":
      return here.id === null ? <InboxesPage /> : <InboxPage key={here.id} name={here.id} />;
    case "webhooks":
      return here.id === null ? <WebhooksPage /> : <WebhookPage key={here.id} id={here.id} />;
    case "check":
      return <CheckPage key={here.id} name={here.id} />;
    case "audit":
      return <AuditPage />;
    default:
      return <NotFound />;
  }
}
