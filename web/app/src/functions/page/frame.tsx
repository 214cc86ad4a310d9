/** What stays while the tabs of one function change: its name, and the way from tab to tab. */
import type { ComponentChildren } from "preact";

import { TabbedPage } from "../../frame/tabbed.tsx";
import { address, functionAddress, runsAddress, type FunctionTab } from "../../router.ts";

const TABS: readonly [FunctionTab, string][] = [
  ["editor", "Editor"],
  ["versions", "Versions"],
  ["triggers", "Triggers"],
  ["storage", "Storage"],
  ["settings", "Settings"],
];

/** Set *children* under the name and the tabs of the function *name*. */
export function FunctionFrame(props: {
  name: string;
  tab: FunctionTab;
  action?: ComponentChildren;
  children: ComponentChildren;
}) {
  const { name, tab, ...rest } = props;
  const tabs = TABS.map(([one, words]) => ({ href: functionAddress(name, one), words, isHere: one === tab }));
  return (
    <TabbedPage
      {...rest}
      name={name}
      back={{ href: address("functions"), words: "All functions" }}
      tabs={[...tabs, { href: runsAddress(name), words: "Runs", isHere: false }]}
    />
  );
}
