/** How the sending of a form goes, wherever one is: what is wrong with it, and why it was refused. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

import { problemFrom } from "../ui/states.tsx";

/** What is wrong, by the name of the field. */
export type Reasons = Readonly<Record<string, string>>;

/** A form that is filled in, on its way, or back with reasons. */
export interface Sending {
  isBusy: boolean;
  problem: Problem | null;
  reasons: Reasons;
  form: { current: HTMLFormElement | null };
  /** Do *act*, unless *wrong* says what is wrong already; true when it is done. */
  send: (wrong: Reasons, act: () => Promise<void>) => Promise<boolean>;
}

const WRONG = '[aria-invalid="true"], [data-wrong="true"] select';

/** Send a form, and take the reader to the first field that is wrong. */
export function useSending(): Sending {
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const reasons = useSignal<Reasons>({});
  const form = useRef<HTMLFormElement>(null);

  async function send(wrong: Reasons, act: () => Promise<void>): Promise<boolean> {
    problem.value = null;
    reasons.value = wrong;
    if (Object.keys(wrong).length === 0) {
      busy.value = true;
      try {
        await act();
        return true;
      } catch (error) {
        problem.value = problemFrom(error);
        reasons.value = problem.value.fields;
      } finally {
        busy.value = false;
      }
    }
    setTimeout(() => form.current?.querySelector<HTMLElement>(WRONG)?.focus());
    return false;
  }
  return { isBusy: busy.value, problem: problem.value, reasons: reasons.value, form, send };
}
