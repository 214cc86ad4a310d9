/** How a run ended: a shape, a word, and a colour that agrees with both. */
import { CircleCheck, CircleDashed, CircleX } from "lucide";

import type { RunState } from "../functions/types.ts";
import { STATES } from "../functions/words.ts";
import { Icon } from "../ui/icon.tsx";
import { lookOf } from "./words.ts";

const MARKS = { ok: CircleCheck, trouble: CircleX, unknown: CircleDashed } as const;

/** Show *state*. */
export function StateMark({ state }: { state: RunState }) {
  const look = lookOf(state);
  return (
    <span class="health" data-state={look}>
      <Icon node={MARKS[look]} size={16} />
      <span>{STATES[state]}</span>
    </span>
  );
}
