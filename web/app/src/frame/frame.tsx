/** What stays while pages change: the rail with the places there are, and whose desk this is. */
import type { AgentSession } from "@callingcard/kit/api.ts";
import { Globe, Inbox, Settings2, SquareFunction, Users, Workflow } from "lucide";
import type { IconNode } from "lucide";
import type { ComponentChildren } from "preact";

import { link, unread } from "../inbox/store.ts";
import { address, isOfChatflows, route, type List, type Route } from "../router.ts";
import { Icon } from "../ui/icon.tsx";
import { Account } from "./account.tsx";

/** Lay out the rail beside the page. */
export function Frame({ session, children }: { session: AgentSession; children: ComponentChildren }) {
  return (
    <div class="frame">
      <nav class="rail" aria-label="Main">
        <span class="rail-mark">
          <Mark />
          <span class="wordmark rail-label">Callingcard</span>
        </span>
        <Place page="inbox" name="Inbox" icon={Inbox} count={unread.value} />
        <Place page="contacts" name="Contacts" icon={Users} />
        {session.agent.role !== "agent" && <Place page="chatflows" name="Chatflows" icon={Workflow} />}
        {session.agent.role !== "agent" && <Place page="functions" name="Functions" icon={SquareFunction} />}
        {session.agent.role !== "agent" && <Place page="sites" name="Sites" icon={Globe} />}
        {session.agent.role !== "agent" && <Place page="inboxes" name="Settings" icon={Settings2} />}
        <Account session={session} />
      </nav>
      <div class="frame-main">
        {children}
        {link.value === "waiting" && (
          <p class="reconnecting" role="status">
            Reconnecting
          </p>
        )}
      </div>
    </div>
  );
}

/** Pages that belong to a place in the rail without being of its name. */
const WITHIN: Partial<Record<Route["page"], List>> = {
  "site-settings": "sites",
  "new-site": "sites",
  function: "functions",
  "new-function": "functions",
  runs: "functions",
  connectors: "functions",
  secrets: "functions",
  alerts: "functions",
  templates: "functions",
  webhooks: "inboxes",
  check: "inboxes",
  audit: "inboxes",
};

function Place(props: { page: List; name: string; icon: IconNode; count?: number }) {
  const { page } = route.value;
  const within = isOfChatflows(route.value) ? "chatflows" : (WITHIN[page] ?? page);
  const here = within === props.page;
  return (
    <a class="rail-link" href={address(props.page)} aria-current={here ? "page" : undefined} title={props.name}>
      <Icon node={props.icon} size={20} />
      <span class="rail-label">{props.name}</span>
      {props.count ? (
        <span class="rail-count">
          {props.count}
          <span class="sr-only"> unread</span>
        </span>
      ) : null}
    </a>
  );
}

/** The wax seal: the signed mark in the accent. */
function Mark() {
  return (
    <svg class="mark" width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
      <circle cx="16" cy="16" r="14" fill="currentColor" />
      <path class="mark-check" d="m10.2 16.6 4 4 7.8-8.8" />
    </svg>
  );
}
