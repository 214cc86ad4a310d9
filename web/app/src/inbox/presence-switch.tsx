/** Whether this agent takes new conversations. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";

import { problemFrom } from "../ui/states.tsx";
import { choosePresence, presence } from "./house.ts";

/** A switch between available and away. */
export function PresenceSwitch() {
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const here = presence.value === "online";
  async function turn(): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      await choosePresence(here ? "away" : "online");
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <div class="presence">
      {problem.value && (
        <span class="form-error" role="alert">
          Not changed. {problem.value.message}
        </span>
      )}
      <button
        type="button"
        class="button presence-switch"
        role="switch"
        aria-checked={here}
        aria-label="Available for new conversations"
        title={here ? "You are given new conversations" : "You are given no new conversations"}
        disabled={busy.value}
        onClick={() => void turn()}
      >
        <span class="presence-dot" data-here={here} />
        {here ? "Available" : "Away"}
      </button>
    </div>
  );
}
