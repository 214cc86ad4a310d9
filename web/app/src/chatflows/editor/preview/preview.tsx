/**
 * Shows what a visitor would see: somebody is put together, talks, and the trace says why.
 *
 * It tries what is on the page, saved or not. Nothing is kept, called or sent.
 */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { sentences } from "../../../sites/words.ts";
import { problemFrom } from "../../../ui/states.tsx";
import { simulate, type Input, type Simulation } from "../../chatflows.ts";
import type { Editing } from "../editing.ts";
import { goTo, placeWords } from "../places.ts";
import { Outcome } from "./outcome.tsx";
import { SKETCHES, somebodyOf, type Sketch } from "./somebody.ts";
import { SketchFields } from "./sketch-fields.tsx";
import { Talk } from "./talk.tsx";

const PAUSE_MS = 400; // of typing, before what was typed is tried

/** The preview of the chatflow that is on the page. */
export function Preview({ editing }: { editing: Editing }) {
  const sketch = useSignal<Sketch>(SKETCHES.stranger);
  const change = (changes: Partial<Sketch>): void => {
    sketch.value = { ...sketch.value, ...changes };
  };
  const say = (input: Input): void => {
    change({ inputs: [...sketch.value.inputs, input] });
  };
  const { shown, problem } = useSimulation(editing, sketch.value);
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

/** Try the chatflow on *sketch* whenever one of them changed; what was shown last stays until then. */
function useSimulation(editing: Editing, sketch: Sketch): { shown: Simulation | null; problem: Problem | null } {
  const shown = useSignal<Simulation | null>(null);
  const problem = useSignal<Problem | null>(null);
  const { flow } = editing;
  useEffect(() => {
    const life = new AbortController();
    const timer = setTimeout(
      () => {
        simulate(flow.name, somebodyOf(sketch, flow), life.signal).then(
          (found) => {
            shown.value = found;
            problem.value = null;
          },
          (error: unknown) => {
            if (!life.signal.aborted) problem.value = problemFrom(error);
          },
        );
      },
      shown.peek() ? PAUSE_MS : 0,
    );
    return () => {
      clearTimeout(timer);
      life.abort();
    };
  }, [flow, sketch, shown, problem]);
  return { shown: shown.value, problem: problem.value };
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
          <ul class="preview-problems">
            {wrong.map(([path, reason]) => (
              <li key={path}>
                <button
                  type="button"
                  class="text-button"
                  onClick={() => {
                    goTo(path);
                  }}
                >
                  {placeWords(path)}
                </button>{" "}
                {sentences(reason)}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
