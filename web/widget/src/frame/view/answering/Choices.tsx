/** The buttons under a question. */

import type { Option } from "../../protocol.ts";
import { WORDS } from "../../words.ts";

/** Draw a button for each option; who would rather write may do that instead. */
export function Choices({ options, press }: { options: readonly Option[]; press: (option: Option) => void }) {
  return (
    <div class="choices" role="group" aria-label={WORDS.answers}>
      {options.map((option) => (
        <button key={option.value} type="button" class="choice" dir="auto" onClick={() => { press(option); }}>{option.label}</button>
      ))}
    </div>
  );
}
