/** Why a form was refused: what happened, what to do, and the code to quote. */
import type { Problem } from "@callingcard/kit/request.ts";

import { sentences } from "../sites/words.ts";

/** Say the *problem* where the form's buttons are; nothing while there is none. */
export function Refusal({ problem }: { problem: Problem | null }) {
  if (!problem) return null;
  return (
    <p class="form-error" role="alert">
      {sentences(problem.message, problem.hint)} <code>{problem.code}</code>
    </p>
  );
}
