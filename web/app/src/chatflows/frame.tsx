/** What stays while the tabs of one chatflow change: its name, and the way from tab to tab. */
import { ArrowLeft } from "lucide";
import type { ComponentChildren } from "preact";

import { Page } from "../frame/page.tsx";
import { Subnav } from "../functions/subnav.tsx";
import { address, chatflowAddress, type ChatflowTab } from "../router.ts";
import { Icon } from "../ui/icon.tsx";

const TABS: readonly [ChatflowTab, string][] = [
  ["editor", "Editor"],
  ["versions", "Versions"],
];

/** Set *children* under the name and the tabs of the chatflow *name*. */
export function ChatflowFrame(props: {
  name: string;
  tab: ChatflowTab;
  action?: ComponentChildren;
  children: ComponentChildren;
}) {
  const { name, tab, action, children } = props;
  return (
    <Page title={name} action={action}>
      <Subnav label={name}>
        <a class="subnav-back" href={address("chatflows")}>
          <Icon node={ArrowLeft} size={16} />
          <span class="sr-only">All chatflows</span>
        </a>
        {TABS.map(([one, words]) => (
          <a key={one} href={chatflowAddress(name, one)} aria-current={one === tab ? "page" : undefined}>
            {words}
          </a>
        ))}
      </Subnav>
      {children}
    </Page>
  );
}
