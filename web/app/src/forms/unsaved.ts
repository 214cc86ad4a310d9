/** Asks before a page is left with something on it that was not saved. */
import { useEffect, useRef } from "preact/hooks";

import { askBeforeLeaving } from "../router.ts";

/** Return what *isUnsaved* says; while that is true, ask before the page is left or closed. */
export function useUnsaved(isUnsaved: () => boolean): boolean {
  const isChanged = isUnsaved();
  const asked = useRef(isUnsaved);
  asked.current = isUnsaved;
  useEffect(() => {
    if (!isChanged) return;
    function ask(event: BeforeUnloadEvent): void {
      event.preventDefault();
    }
    addEventListener("beforeunload", ask);
    const end = askBeforeLeaving(
      // What is saved in this very moment is no longer in danger.
      () => !asked.current() || confirm("Leave without saving? What you changed here will be lost."),
    );
    return () => {
      removeEventListener("beforeunload", ask);
      end();
    };
  }, [isChanged]);
  return isChanged;
}

/** Say whether two documents differ. */
export function isOther(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}
