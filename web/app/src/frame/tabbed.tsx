/** A page about one thing with tabs: its name, the way back to all of its kind, the way from tab to tab. */
import { ArrowLeft } from "lucide";
import type { ComponentChildren } from "preact";

import { Subnav } from "../functions/subnav.tsx";
import { Icon } from "../ui/icon.tsx";
import { Page } from "./page.tsx";

/** Set *children* under the name and the tabs of the thing *name*. */
export function TabbedPage(props: {
  name: string;
  back: { href: string; words: string };
  tabs: readonly { href: string; words: string; isHere: boolean }[];
  action?: ComponentChildren;
  children: ComponentChildren;
}) {
  const { name, back, tabs, action, children } = props;
  return (
    <Page title={name} action={action}>
      <Subnav label={name}>
        <a class="subnav-back" href={back.href}>
          <Icon node={ArrowLeft} size={16} />
          <span class="sr-only">{back.words}</span>
        </a>
        {tabs.map(({ href, words, isHere }) => (
          <a key={href} href={href} aria-current={isHere ? "page" : undefined}>
            {words}
          </a>
        ))}
      </Subnav>
      {children}
    </Page>
  );
}
