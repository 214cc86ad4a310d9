/** Moving through the rows of a list with the keyboard, wherever the focus is. */
import { useEffect } from "preact/hooks";

import { moveFocus } from "./keys.ts";

/** Walk the rows inside *list* for as long as it is shown. */
export function useListKeys(list: { current: HTMLElement | null }): void {
  useEffect(() => {
    function move(event: KeyboardEvent): void {
      if (list.current && !document.querySelector("dialog[open]")) moveFocus(list.current, event);
    }
    document.addEventListener("keydown", move);
    return () => {
      document.removeEventListener("keydown", move);
    };
  }, [list]);
}
