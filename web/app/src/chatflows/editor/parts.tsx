/** What the forms of several types of steps have in common. */
import { SelectField } from "../../sites/form/fields.tsx";
import { changed, stepNames, type Step, type StepType } from "../document.ts";
import type { Editing } from "./editing.ts";
import { SpokenField } from "./spoken.tsx";

/** What the form of a step is given. */
export interface StepGiven<T extends StepType = StepType> {
  editing: Editing;
  name: string;
  step: Extract<Step, { type: T }>;
  change: (step: Step) => void;
}

/** What was said about the member *member* of the step *name*. */
export function reasonOf({ editing, name }: Pick<StepGiven, "editing" | "name">, member: string): string {
  return editing.reasons[`steps.${name}.${member}`] ?? "";
}

/** *text*, or nothing at all when there is none. */
export function orNothing(text: string): string | undefined {
  return text === "" ? undefined : text;
}

/** What a step says to visitors; a message and a question cannot be without it. */
export function StepText(given: StepGiven<"message" | "question" | "form" | "route" | "end"> & { label?: string; help?: string }) {
  const { editing, step, change, label = "Text", help } = given;
  const isNeeded = step.type === "message" || step.type === "question";
  return (
    <SpokenField
      label={label}
      help={help}
      value={step.text ?? ""}
      properties={editing.offers.properties}
      reason={reasonOf(given, "text")}
      onChange={(text) => {
        change(changed(step, { text: isNeeded ? text : orNothing(text) }));
      }}
    />
  );
}

/** Where a step goes on; people take over where it leads nowhere. */
export function WayField(props: {
  editing: Editing;
  /** The step that leads somewhere. */
  name: string;
  label: string;
  value: string | undefined;
  reason: string;
  help?: string;
  /** What it means to lead nowhere. */
  nowhere?: string;
  onChange: (next: string | undefined) => void;
}) {
  const { editing, name, value, nowhere = "Hand over to people", onChange } = props;
  const others = stepNames(editing.flow).filter((one) => one !== name);
  return (
    <SelectField
      label={props.label}
      help={props.help}
      value={value ?? ""}
      options={[["", nowhere], ...others.map((one) => [one, `Go to ${one}`] as const)]}
      reason={props.reason}
      onChange={(next) => {
        onChange(orNothing(next));
      }}
    />
  );
}

/** The way on of a step that has one. */
export function NextField(given: StepGiven<"message" | "question" | "form" | "function" | "webhook" | "wait">) {
  const { editing, name, step, change } = given;
  return (
    <WayField
      editing={editing}
      name={name}
      label="Then"
      value={step.next}
      reason={reasonOf(given, "next")}
      onChange={(next) => {
        change(changed(step, { next }));
      }}
    />
  );
}

/** A box to tick, with what that means beside it. */
export function Check({ label, isOn, onChange }: { label: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={isOn}
        onChange={(event) => {
          onChange(event.currentTarget.checked);
        }}
      />
      <span>{label}</span>
    </label>
  );
}
