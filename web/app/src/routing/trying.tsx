/** Tries the plan that is on the page on somebody: where they would go, and what each rule said. */
import { useSignal } from "@preact/signals";

import { routeWords, Trace } from "../chatflows/editor/preview/outcome.tsx";
import { rulesWords } from "../chatflows/words.ts";
import { KnownFields, type Known } from "../conditions/known-fields.tsx";
import { findProperty, type Property } from "../conditions/properties.ts";
import { leavesOf } from "../conditions/tree.ts";
import { OneValue } from "../conditions/values.tsx";
import { sentences } from "../sites/words.ts";
import { useAsked } from "../ui/asked.ts";
import { tryPlan, type Plan, type TriedOut } from "./routing.ts";
import { factsOf } from "./words.ts";

/** What is known of somebody, and what comes of it. */
export function Trying({ plan, properties }: { plan: Plan; properties: readonly Property[] }) {
  const known = useSignal<Known>(asked(plan));
  const { shown, problem } = useAsked([plan, factsOf(known.value, properties)], tried);
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
    <KnownFields legend="What is known of them" known={known} properties={properties} onChange={onChange}>
      {(name, value, write) => {
        const property = findProperty(name, properties);
        return (
          <OneValue
            label="Value"
            property={property?.kind === "bool" ? { ...property, kind: "enum", options: ["true", "false"] } : property}
            value={value}
            isWrong={false}
            onChange={(next) => {
              write(String(next));
            }}
          />
        );
      }}
    </KnownFields>
  );
}

function tried([plan, facts]: [Plan, Record<string, unknown>], signal: AbortSignal): Promise<TriedOut> {
  return tryPlan(plan, facts, signal);
}
