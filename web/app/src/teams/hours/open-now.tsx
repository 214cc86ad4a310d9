/** Whether an office is open now, and when that changes; of hours that may not be saved yet too. */
import { useAsked } from "../../ui/asked.ts";
import { previewHours, type Hours, type HoursPreview } from "../teams.ts";
import { openWords } from "../words.ts";

/** A sentence; nothing while it is not known yet. */
export function OpenNow({ hours }: { hours: Hours }) {
  const { shown, problem } = useAsked(hours, openings);
  const isOpen = problem ? undefined : shown?.found.isOpen;
  return (
    <span class="open-now" role="status" data-open={isOpen}>
      {problem ? problemWords(problem.status) : shown && openWords(shown.found, shown.at)}
    </span>
  );
}

async function openings(hours: Hours, signal: AbortSignal): Promise<{ found: HoursPreview; at: Date }> {
  const at = new Date();
  return { found: await previewHours(hours, at, signal), at };
}

function problemWords(status: number): string {
  return status === 422 ? "Some of these hours cannot be read yet." : "It is not known whether it is open now.";
}
