/** The steps of a chatflow as a list that is read from top to bottom; and more of them. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

import { SelectField } from "../../sites/form/fields.tsx";
import { stepNames, STEP_TYPES, withNew, type StepType } from "../document.ts";
import { STEPS } from "../words.ts";
import type { Editing } from "./editing.ts";
import { cardId } from "./places.ts";
import { StepCard, type Gone } from "./step-card.tsx";

/** Every step, and a way to add one. */
export function Steps({ editing }: { editing: Editing }) {
  const { flow, reasons, change } = editing;
  const names = stepNames(flow);
  // What was taken out can be had back until something else is changed.
  const gone = useSignal<Gone | null>(null);
  return (
    <section class="flow-steps" aria-labelledby="steps">
      <h2 class="site-section-title" id="steps">
        Steps
      </h2>
      {names.length === 0 ? (
        <p class="text-muted text-sm">After the greeting, people take over. Add a step to ask or say something first.</p>
      ) : (
        <SelectField
          label="Begins with"
          value={flow.start ?? ""}
          options={names.map((name) => [name, name] as const)}
          reason={reasons["start"] ?? ""}
          onChange={(start) => {
            change({ start });
          }}
        />
      )}
      {reasons["steps"] && <p class="form-error">{reasons["steps"]}</p>}
      <ol class="steps">
        {names.map((name, index) => {
          const step = flow.steps?.[name];
          return step && <StepCard key={name} {...{ editing, name, step, index }} isLast={index === names.length - 1} onGone={(one) => { gone.value = one; }} />;
        })}
      </ol>
      {gone.value?.after === flow && (
        <p class="notice step-gone" role="status">
          The step {gone.value.name} was taken out.{" "}
          <button
            type="button"
            class="text-button"
            onClick={() => {
              if (gone.value) editing.replace(gone.value.before);
              gone.value = null;
            }}
          >
            Undo
          </button>
        </p>
      )}
      <AddStep editing={editing} />
    </section>
  );
}

function AddStep({ editing }: { editing: Editing }) {
  const type = useSignal<StepType>("message");
  const place = useRef<HTMLDivElement>(null);
  function add(): void {
    const { flow, name } = withNew(editing.flow, type.value);
    editing.replace(flow);
    setTimeout(() => {
      const card = document.getElementById(cardId(name));
      card?.scrollIntoView({ block: "nearest" });
      card?.querySelector<HTMLElement>(".step-body input, .step-body textarea, .step-body select")?.focus();
    });
  }
  return (
    <div class="step-add" ref={place}>
      <SelectField
        label="Another step"
        value={type.value}
        options={STEP_TYPES.map((one) => [one, STEPS[one].name] as const)}
        help={STEPS[type.value].help}
        onChange={(next) => {
          type.value = next as StepType;
        }}
      />
      <button type="button" class="button" onClick={add}>
        Add step
      </button>
    </div>
  );
}
