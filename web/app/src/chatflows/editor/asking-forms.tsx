/** The forms of steps that ask, and of those that choose: questions, forms, branches. */
import { X } from "lucide";
import type { ComponentChildren } from "preact";

import { ConditionField } from "../../conditions/builder.tsx";
import { PropertyChoice } from "../../conditions/leaf.tsx";
import { Field } from "../../sites/form/fields.tsx";
import { Icon } from "../../ui/icon.tsx";
import { changed, optionOf, optionParts, stepNames, type Case, type FormField, type Option } from "../document.ts";
import { Check, NextField, orNothing, reasonOf, StepText, WayField, type StepGiven } from "./parts.tsx";

/** The form of a question. */
export function QuestionForm(given: StepGiven<"question">) {
  const { editing, step, change } = given;
  const writable = editing.offers.properties.filter((one) => one.writable);
  return (
    <>
      <StepText {...given} label="Question" />
      <Options {...given} />
      <Field label="Save the answer to" help="Kept with the contact once they prove who they are." reason={reasonOf(given, "save_to")}>
        {() => (
          <PropertyChoice
            label="Save the answer to"
            value={step.save_to ?? ""}
            none="Nowhere"
            properties={writable}
            onChange={(name) => {
              change(changed(step, { save_to: orNothing(name) }));
            }}
          />
        )}
      </Field>
      <SkipKnown {...given} />
      <NextField {...given} />
      <ElseWay {...given} />
    </>
  );
}

function Options(given: StepGiven<"question">) {
  const { editing, name, step, change } = given;
  const options = step.options ?? [];
  const others = stepNames(editing.flow).filter((one) => one !== name);
  const write = (next: readonly Option[]): void => {
    change(changed(step, { options: next.length > 0 ? next : undefined }));
  };
  return (
    <Many
      legend="Buttons"
      none="Visitors answer in their own words."
      add="Add a button"
      reason={reasonOf(given, "options")}
      onAdd={() => {
        write([...options, ""]);
      }}
    >
      {options.map((option, index) => {
        const { label, value, next } = optionParts(option);
        const reason = ["", ".label", ".value", ".next"].map((part) => reasonOf(given, `options.${index}${part}`)).find(Boolean);
        return (
          <Row key={index} what={`button ${index + 1}`} reason={reason ?? ""} onRemove={() => { write(options.toSpliced(index, 1)); }}>
            <input
              class="input"
              aria-label={`Label of button ${index + 1}`}
              aria-invalid={reason ? "true" : undefined}
              placeholder="Label"
              dir="auto"
              value={label}
              onInput={(event) => {
                const text = event.currentTarget.value;
                write(options.with(index, optionOf(text, value === label ? text : value, next)));
              }}
            />
            <select
              class="input select"
              aria-label={`Where button ${index + 1} leads`}
              value={next ?? ""}
              onChange={(event) => {
                write(options.with(index, optionOf(label, value, orNothing(event.currentTarget.value))));
              }}
            >
              <option value="">Then as for the question</option>
              {others.map((one) => (
                <option key={one} value={one}>
                  Go to {one}
                </option>
              ))}
            </select>
          </Row>
        );
      })}
    </Many>
  );
}

/** The form of a form. */
export function FormForm(given: StepGiven<"form">) {
  const { step, change } = given;
  return (
    <>
      <StepText {...given} help="What stands above the form." />
      <Fields {...given} />
      <Check
        label="Fill in what is known of visitors who proved who they are"
        isOn={step.prefill ?? false}
        onChange={(prefill) => {
          change(changed(step, { prefill: prefill || undefined }));
        }}
      />
      <SkipKnown {...given} />
      <NextField {...given} />
      <ElseWay {...given} />
    </>
  );
}

function Fields(given: StepGiven<"form">) {
  const { editing, step, change } = given;
  const writable = editing.offers.properties.filter((one) => one.writable);
  const write = (index: number, field: FormField): void => {
    change({ ...step, fields: step.fields.with(index, field) });
  };
  return (
    <Many
      legend="Fields"
      none="A form needs a field."
      add="Add a field"
      reason={reasonOf(given, "fields")}
      onAdd={() => {
        change({ ...step, fields: [...step.fields, { property: "" }] });
      }}
    >
      {step.fields.map((field, index) => (
        <Row
          key={index}
          what={`field ${index + 1}`}
          reason={["", ".property", ".label"].map((part) => reasonOf(given, `fields.${index}${part}`)).find(Boolean) ?? ""}
          onRemove={() => {
            change({ ...step, fields: step.fields.toSpliced(index, 1) });
          }}
        >
          <PropertyChoice
            label={`Property of field ${index + 1}`}
            placeholder="Choose what to ask for"
            value={field.property}
            properties={writable}
            isWrong={reasonOf(given, `fields.${index}.property`) !== ""}
            onChange={(property) => {
              write(index, { ...field, property });
            }}
          />
          <input
            class="input"
            aria-label={`Label of field ${index + 1}`}
            placeholder="As it is called"
            dir="auto"
            value={field.label ?? ""}
            onInput={(event) => {
              write(index, changed(field, { label: orNothing(event.currentTarget.value) }));
            }}
          />
          <Check
            label="Required"
            isOn={field.required ?? false}
            onChange={(required) => {
              write(index, changed(field, { required: required || undefined }));
            }}
          />
        </Row>
      ))}
    </Many>
  );
}

/** The form of a branch. */
export function BranchForm(given: StepGiven<"branch">) {
  const { editing, name, step, change } = given;
  const write = (index: number, one: Case): void => {
    change({ ...step, cases: step.cases.with(index, one) });
  };
  return (
    <>
      <Many
        legend="Cases"
        none="Without a case, it always goes on as below."
        add="Add a case"
        reason={reasonOf(given, "cases")}
        onAdd={() => {
          change({ ...step, cases: [...step.cases, { when: { property: "", operator: "eq", value: "" } }] });
        }}
      >
        {step.cases.map((one, index) => (
          <Item
            key={index}
            title={`Case ${index + 1}`}
            onRemove={() => {
              change({ ...step, cases: step.cases.toSpliced(index, 1) });
            }}
          >
            <ConditionField
              legend="When"
              none="Never: add a condition."
              value={one.when}
              path={`steps.${name}.cases.${index}.when`}
              properties={editing.offers.properties}
              reasons={editing.reasons}
              onChange={(when) => {
                if (when) write(index, { ...one, when });
                else change({ ...step, cases: step.cases.toSpliced(index, 1) });
              }}
            />
            <WayField
              editing={editing}
              name={name}
              label="Then"
              value={one.next}
              reason={reasonOf(given, `cases.${index}.next`)}
              onChange={(next) => {
                write(index, changed(one, { next }));
              }}
            />
          </Item>
        ))}
      </Many>
      <WayField
        editing={editing}
        name={name}
        label="Otherwise"
        help="What is not known holds in no case, so visitors nobody knows come here."
        value={step.else}
        reason={reasonOf(given, "else")}
        onChange={(next) => {
          change(changed(step, { else: next }));
        }}
      />
    </>
  );
}

function SkipKnown({ step, change }: StepGiven<"question" | "form">) {
  return (
    <Check
      label="Do not ask for what is known"
      isOn={step.skip_known ?? false}
      onChange={(known) => {
        change(changed(step, { skip_known: known || undefined }));
      }}
    />
  );
}

function ElseWay(given: StepGiven<"question" | "form">) {
  const { editing, name, step, change } = given;
  return (
    <WayField
      editing={editing}
      name={name}
      label="If the answer is not understood twice"
      nowhere="Go on as usual"
      value={step.else}
      reason={reasonOf(given, "else")}
      onChange={(next) => {
        change(changed(step, { else: next }));
      }}
    />
  );
}

/** A list of like things, and a way to add one. */
function Many(props: {
  legend: string;
  none: string;
  add: string;
  reason: string;
  onAdd: () => void;
  children: ComponentChildren[];
}) {
  return (
    <fieldset class="many">
      <legend>{props.legend}</legend>
      {props.children.length === 0 && <p class="text-muted text-sm">{props.none}</p>}
      {props.children}
      {props.reason && <p class="form-error">{props.reason}</p>}
      <button type="button" class="button form-add" onClick={props.onAdd}>
        {props.add}
      </button>
    </fieldset>
  );
}

/** One of a list in a line: its fields, a way to take it out, and what is wrong with it below. */
function Row(props: { what: string; reason: string; onRemove: () => void; children: ComponentChildren }) {
  return (
    <div class="item-row">
      {props.children}
      <button type="button" class="icon-button" title="Remove" onClick={props.onRemove}>
        <Icon node={X} size={16} />
        <span class="sr-only">Remove {props.what}</span>
      </button>
      {props.reason && <p class="form-error">{props.reason}</p>}
    </div>
  );
}

function Item({ title, onRemove, children }: { title: string; onRemove: () => void; children: ComponentChildren }) {
  return (
    <fieldset class="key-fields">
      <legend>{title}</legend>
      {children}
      <button type="button" class="text-button" onClick={onRemove}>
        Remove<span class="sr-only"> {title}</span>
      </button>
    </fieldset>
  );
}
