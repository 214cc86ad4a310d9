/** What stays while the tabs of one function change: its name, and the way from tab to tab. */
import { ArrowLeft } from "lucide";
import type { ComponentChildren } from "preact";

import { Page } from "../../frame/page.tsx";
import { address, functionAddress, runsAddress, type FunctionTab } from "../../router.ts";
import { Icon } from "../../ui/icon.tsx";
import { Subnav } from "../subnav.tsx";

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
  const { name, tab, action, children } = props;
  return (
    <Page title={name} action={action}>
      <Subnav label={name}>
        <a class="subnav-back" href={address("functions")}>
          <Icon node={ArrowLeft} size={16} />
          <span class="sr-only">All functions</span>
        </a>
        {TABS.map(([one, words]) => (
          <a key={one} href={functionAddress(name, one)} aria-current={one === tab ? "page" : undefined}>
            {words}
          </a>
        ))}
        <a href={runsAddress(name)}>Runs</a>
      </Subnav>
      {children}
    </Page>
  );
}
