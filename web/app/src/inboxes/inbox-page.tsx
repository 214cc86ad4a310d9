/** One inbox: how it is put on a page, who vouches for visitors, what it says and asks, and how long it keeps things. */
import { ArrowLeft } from "lucide";

import { address } from "../router.ts";
import { Icon } from "../ui/icon.tsx";
import { useLoad } from "../ui/load.ts";
import { Skeleton } from "../ui/states.tsx";
import { Embed } from "./settings/embed.tsx";
import { inboxPath, readInbox } from "./inboxes.ts";
import { Keys } from "./keys/keys.tsx";
import { Keeping } from "./settings/keeping.tsx";
import { DeskProblem, DeskSection } from "./section.tsx";
import { InboxSettings } from "./settings/settings.tsx";

/** Show the inbox *name*. */
export function InboxPage({ name }: { name: string }) {
  const { value: inbox, problem, retry } = useLoad(inboxPath(name), readInbox);
  return (
    <DeskSection
      title="Inbox"
      tabTitle={name}
      action={
        inbox && (
          <a class="button" href={address("check", name)}>
            Test it
          </a>
        )
      }
    >
      <main class="content site-page desk-page">
        <a class="back-link" href={address("inboxes")}>
          <Icon node={ArrowLeft} size={16} /> Inboxes
        </a>
        {problem && <DeskProblem problem={problem} retry={retry} />}
        {!inbox && !problem && <Skeleton rows={6} shape="text" />}
        {inbox && (
          <>
            <p class="desk-name">
              <strong dir="auto">{inbox.title}</strong> <code>{inbox.name}</code>
            </p>
            <Embed inbox={name} />
            <Keys inbox={name} />
            <InboxSettings first={inbox} />
            <Keeping inbox={name} />
          </>
        )}
      </main>
    </DeskSection>
  );
}
