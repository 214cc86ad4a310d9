/** Tries the plan that is on the page on somebody: where they would go, and what each rule said. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { X } from "lucide";
import { useEffect } from "preact/hooks";

import { routeWords, Trace } from "../chatflows/editor/preview/outcome.tsx";
import { rulesWords } from "../chatflows/words.ts";
import { PropertyChoice } from "../conditions/leaf.tsx";
import { findProperty, type Property } from "../conditions/properties.ts";
import { leavesOf } from "../conditions/tree.ts";
import { OneValue } from "../conditions/values.tsx";
import { sentences } from "../sites/words.ts";
import { Icon } from "../ui/icon.tsx";
import { problemFrom } from "../ui/states.tsx";
import { tryPlan, type Plan, type TriedOut } from "./routing.ts";
import { factsOf } from "./words.ts";

type Known = readonly (readonly [string, string])[];

const PAUSE_MS = 400; // of typing, before what was typed is tried

/** What is known of somebody, and what comes of it. */
export function Trying({ plan, properties }: { plan: Plan; properties: readonly Property[] }) {
  const known = useSignal<Known>(asked(plan));
  const { shown, problem } = useTrial(plan, known.value, properties);
  return (
    <aside class="preview" aria-labelledby="trying">
      <h2 class="site-section-title" id="trying">
        Who goes where
      </h2>
      <p class="text-muted text-sm">Make somebody up. Nothing is kept.</p>
      <Facts known={known.value} properties={properties} onChange={(next) => { known.value = next; }} />
      {problem && (
        <p class="notice" data-tone="warning" role="status">
          {problem.status === 422 ? "There is something to mend in the rules first." : sentences(problem.message, problem.hint)}
        </p>
      )}
      {shown && !problem && (
        <div class="outcome" role="status">
          <p>{routeWords(shown)}</p>
          {shown.trace.length > 0 && <Trace did={rulesWords(shown.trace, properties)} />}
        </div>
      )}
    </aside>
  );
}

/** What the rules ask about, to begin with. */
function asked(plan: Plan): Known {
  const names = plan.rules.flatMap((rule) => leavesOf(rule.when).map((leaf) => leaf.property));
  const few = [...new Set(names)].filter(Boolean).slice(0, 6);
  return few.length > 0 ? few.map((name) => [name, ""] as const) : [["contact.lifecyclestage", ""]];
}

function Facts({ known, properties, onChange }: { known: Known; properties: readonly Property[]; onChange: (known: Known) => void }) {
  return (
    <fieldset class="many">
      <legend>What is known of them</legend>
      {known.map(([name, value], index) => {
        const property = findProperty(name, properties);
        return (
          <div class="known-row" key={index}>
            <PropertyChoice
              label="Property"
              value={name}
              properties={properties}
              onChange={(next) => {
                onChange(known.with(index, [next, ""]));
              }}
            />
            <OneValue
              label="Value"
              property={property?.kind === "bool" ? { ...property, kind: "enum", options: ["true", "false"] } : property}
              value={value}
              isWrong={false}
              onChange={(next) => {
                onChange(known.with(index, [name, String(next)]));
              }}
            />
            <button type="button" class="icon-button" title="Remove" onClick={() => { onChange(known.toSpliced(index, 1)); }}>
              <Icon node={X} size={16} />
              <span class="sr-only">Remove what is known, {index + 1}</span>
            </button>
          </div>
        );
      })}
      <button
        type="button"
        class="button form-add"
        onClick={() => {
          onChange([...known, ["", ""]]);
        }}
      >
        Add a property
      </button>
    </fieldset>
  );
}

function useTrial(plan: Plan, known: Known, properties: readonly Property[]): { shown: TriedOut | null; problem: Problem | null } {
  const shown = useSignal<TriedOut | null>(null);
  const problem = useSignal<Problem | null>(null);
  const key = JSON.stringify([plan, factsOf(known, properties)]);
  useEffect(() => {
    const life = new AbortController();
    const [tried, facts] = JSON.parse(key) as [Plan, Record<string, unknown>];
    const timer = setTimeout(
      () => {
        tryPlan(tried, facts, life.signal).then(
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
  }, [key, shown, problem]);
  return { shown: shown.value, problem: problem.value };
}
