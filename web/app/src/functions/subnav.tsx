/** The row of neighbours under a title; where it is longer than the screen, it shows where we are. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { address, route, type List } from "../router.ts";

/** Set the links *children*, one of which is the current page, in a row called *label*. */
export function Subnav({ label, children }: { label: string; children: ComponentChildren }) {
  const nav = useRef<HTMLElement>(null);
  const here = route.value;
  useEffect(() => {
    nav.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [here]);
  return (
    <nav class="subnav" aria-label={label} ref={nav}>
      {children}
    </nav>
  );
}

/** The row of a section's *places*, of which the page *here* is open. */
export function Places({ label, places, here }: { label: string; places: readonly (readonly [List, string])[]; here: string }) {
  return (
    <Subnav label={label}>
      {places.map(([page, name]) => (
        <a key={page} href={address(page)} aria-current={here === page ? "page" : undefined}>
          {name}
        </a>
      ))}
    </Subnav>
  );
}
