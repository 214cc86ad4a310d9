/**
 * The seal: one small round mark that says how sure we are who somebody is.
 *
 * Shape carries the meaning (dashed, plain, half, filled with a check), a word stands beside
 * it, and colour only agrees with both. Its looks are in `seal.css`.
 */
import { useId } from "preact/hooks";

import type { Evidence } from "../api.ts";
import { labelOf, reasonFor, type Signature } from "./evidence.ts";

/** Draw the mark alone; whoever uses it must put the word beside it. */
export function SealMark({ evidence, size = 14 }: { evidence: Evidence; size?: number }) {
  return (
    <svg class="seal-mark" width={size} height={size} viewBox="0 0 16 16" fill="none" aria-hidden="true">
      {evidence === "signed" ? (
        <>
          <circle cx="8" cy="8" r="7" fill="currentColor" />
          <path class="seal-check" d="m4.9 8.3 2.1 2.1 4.1-4.5" />
        </>
      ) : (
        <circle class="seal-ring" cx="8" cy="8" r="6.25" />
      )}
      {evidence === "verified" && <path d="M8 3.6a4.4 4.4 0 0 0 0 8.8z" fill="currentColor" />}
    </svg>
  );
}

/** The mark with its word; `within` a link it explains by title, since links hold no stops. */
export function Seal(props: { evidence: Evidence; signature?: Signature; within?: "link" }) {
  const id = useId();
  const reason = reasonFor(props.evidence, props.signature);
  const face = (
    <>
      <SealMark evidence={props.evidence} />
      <span>{labelOf(props.evidence)}</span>
    </>
  );
  if (props.within === "link") {
    return (
      <span class="seal" data-evidence={props.evidence} title={reason}>
        {face}
      </span>
    );
  }
  return (
    <span class="seal seal-explained" data-evidence={props.evidence} tabIndex={0} aria-describedby={id}>
      {face}
      <span class="seal-reason" role="tooltip" id={id}>
        {reason}
      </span>
    </span>
  );
}
