/** The row of neighbours under a title; where it is longer than the screen, it shows where we are. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { route } from "../router.ts";

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
