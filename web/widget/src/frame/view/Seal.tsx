/** The small round seal: how sure we are of who writes, never by colour alone. */

import type { Evidence } from "../protocol.ts";

/** Draw the mark for *evidence*; the words beside it are the caller's. */
export function Seal({ evidence }: { evidence: Evidence }) {
  return (
    <svg class={`seal ${evidence}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {evidence === "signed" && <circle cx="8" cy="8" r="7" class="wax" />}
      {evidence === "verified" && <path d="M8 2a6 6 0 0 0 0 12z" class="wax" />}
      {evidence !== "signed" && <circle cx="8" cy="8" r="6.25" class="ring" stroke-dasharray={evidence === "anonymous" ? "2.6 2.3" : undefined} />}
      {evidence === "signed" && <path d="m4.8 8.3 2.2 2.2 4.3-4.7" class="check" />}
    </svg>
  );
}
