/** Whether an office is open now, and when that changes; of hours that may not be saved yet too. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { problemFrom } from "../../ui/states.tsx";
import { previewHours, type Hours } from "../teams.ts";
import { openWords } from "../words.ts";

const PAUSE_MS = 400; // of typing, before the server is asked

/** A sentence; nothing while it is not known, or while the hours cannot be read. */
export function OpenNow({ hours }: { hours: Hours }) {
  const words = useSignal("");
  const isOpen = useSignal<boolean | null>(null);
  const key = JSON.stringify(hours);
  useEffect(() => {
    const life = new AbortController();
    const asked = JSON.parse(key) as Hours;
    const timer = setTimeout(
      () => {
        const now = new Date();
        previewHours(asked, now, life.signal).then(
          (found) => {
            words.value = openWords(found, now);
            isOpen.value = found.isOpen;
          },
          (error: unknown) => {
            if (life.signal.aborted) return;
            words.value = problemFrom(error).status === 422 ? "" : "It is not known whether it is open now.";
            isOpen.value = null;
          },
        );
      },
      words.peek() ? PAUSE_MS : 0,
    );
    return () => {
      clearTimeout(timer);
      life.abort();
    };
  }, [key, words, isOpen]);
  return (
    <span class="open-now" role="status" data-open={isOpen.value === null ? undefined : String(isOpen.value)}>
      {words}
    </span>
  );
}
