/**
 * Shows what a visitor would see: somebody is put together, talks, and the trace says why.
 *
 * It tries what is on the page, saved or not. Nothing is kept, called or sent.
 */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";

import { sentences } from "../../../sites/words.ts";
import { useAsked } from "../../../ui/asked.ts";
import { simulate, type Input, type Simulation, type Somebody } from "../../chatflows.ts";
import type { Editing } from "../editing.ts";
import { WrongPlaces } from "../wrong-places.tsx";
import { Outcome } from "./outcome.tsx";
import { SKETCHES, somebodyOf, type Sketch } from "./somebody.ts";
import { SketchFields } from "./sketch-fields.tsx";
import { Talk } from "./talk.tsx";

/** The preview of the chatflow that is on the page. */
export function Preview({ editing }: { editing: Editing }) {
  const sketch = useSignal<Sketch>(SKETCHES.stranger);
  const change = (changes: Partial<Sketch>): void => {
    sketch.value = { ...sketch.value, ...changes };
  };
  const say = (input: Input): void => {
    change({ inputs: [...sketch.value.inputs, input] });
  };
  const { flow } = editing;
  const { shown, problem } = useAsked([flow.name, somebodyOf(sketch.value, flow)], simulated);
  return (
    <aside class="preview" aria-labelledby="preview">
      <div class="site-section-head">
        <h2 class="site-section-title" id="preview">
          Preview
        </h2>
        <button
          type="button"
          class="text-button text-sm"
          disabled={sketch.value.inputs.length === 0}
          onClick={() => {
            change({ inputs: [] });
          }}
        >
          Start again
        </button>
      </div>
      <SketchFields editing={editing} sketch={sketch.value} change={change} />
      {problem && <NotYet problem={problem} />}
      {shown && (
        <div class="preview-shown" data-stale={problem !== null}>
          <Talk shown={shown} say={say} />
          <Outcome shown={shown} properties={editing.offers.properties} />
        </div>
      )}
    </aside>
  );
}

function simulated([name, body]: [string, Somebody], signal: AbortSignal): Promise<Simulation> {
  return simulate(name, body, signal);
}

/** What has to be mended before there is anything to see. */
function NotYet({ problem }: { problem: Problem }) {
  const wrong = Object.entries(problem.fields).slice(0, 5);
  return (
    <div class="notice" data-tone="warning" role="status">
      {wrong.length === 0 ? (
        <>
          {sentences(problem.message, problem.hint)} <code>{problem.code}</code>
        </>
      ) : (
        <>
          <p>There is something to mend first.</p>
          <WrongPlaces wrong={wrong} look="preview-problems" />
        </>
      )}
    </div>
  );
}
