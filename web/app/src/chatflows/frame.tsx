/** What stays while the tabs of one chatflow change: its name, and the way from tab to tab. */
import type { ComponentChildren } from "preact";

import { TabbedPage } from "../frame/tabbed.tsx";
import { address, chatflowAddress, type ChatflowTab } from "../router.ts";

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
  const { name, tab, ...rest } = props;
  const tabs = TABS.map(([one, words]) => ({ href: chatflowAddress(name, one), words, isHere: one === tab }));
  return (
    <TabbedPage
      {...rest}
      name={name}
      back={{ href: address("chatflows"), words: "All chatflows" }}
      tabs={tabs}
    />
  );
}
