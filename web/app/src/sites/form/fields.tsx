/** The fields that forms about sites are made of: a label above, help under, the reason beside. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

import type { Entry } from "./draft.ts";

/** What every field has. */
export interface Labelled {
  label: string;
  help?: ComponentChildren;
  reason?: string;
}

/** The attributes that tie a control to its help and its reason. */
interface Ties {
  id: string;
  "aria-describedby": string;
  "aria-invalid"?: "true";
}

/** Lay out a label, a control, its help and what is wrong with it. */
export function Field(props: Labelled & { children: (ties: Ties) => ComponentChildren }) {
  const id = useId();
  const ties: Ties = { id, "aria-describedby": `${id}-help ${id}-reason` };
  if (props.reason) ties["aria-invalid"] = "true";
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.children(ties)}
      {props.help && (
        <p class="help" id={`${id}-help`}>
          {props.help}
        </p>
      )}
      {props.reason && (
        <p class="form-error" id={`${id}-reason`}>
          {props.reason}
        </p>
      )}
    </div>
  );
}

/** One line, or with *rows* several. */
export function TextField(
  props: Labelled & {
    value: string;
    onChange: (value: string) => void;
    rows?: number;
    mono?: boolean;
    readOnly?: boolean;
    placeholder?: string;
  },
) {
  const { value, onChange, rows, mono, readOnly, placeholder, ...labelled } = props;
  return (
    <Field {...labelled}>
      {(ties) => {
        const face = {
          ...ties,
          value,
          placeholder,
          readOnly,
          spellcheck: false,
          autocomplete: "off" as const,
          onInput: (event: { currentTarget: { value: string } }) => {
            onChange(event.currentTarget.value);
          },
        };
        const look = mono ? "input code-input" : "input";
        return rows ? <textarea class={`${look} textarea`} rows={rows} {...face} /> : <input class={look} {...face} />;
      }}
    </Field>
  );
}

/** A choice from *options*; one that is not among them is shown all the same. */
export function SelectField(
  props: Labelled & {
    value: string;
    options: readonly (readonly [string, string])[];
    onChange: (value: string) => void;
  },
) {
  const { value, options, onChange, ...labelled } = props;
  const known = options.some(([name]) => name === value);
  return (
    <Field {...labelled}>
      {(ties) => (
        <select
          class="input select"
          {...ties}
          value={value}
          onChange={(event) => {
            onChange(event.currentTarget.value);
          }}
        >
          {!known && <option value={value}>{value || "Choose"}</option>}
          {options.map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** A secret: never shown, kept unless something is typed, and where it may be absent, removed.
 *
 * A key in PEM has *rows*, since a password field would run its lines together.
 */
export function SecretField(
  props: Labelled & { entry: Entry; required: boolean; rows?: number; onChange: (entry: Entry) => void },
) {
  const { entry, required, rows, onChange, ...labelled } = props;
  return (
    <Field
      {...labelled}
      help={
        <>
          {entry.stored ? "One is set. Leave this empty to keep it." : labelled.help}
          {entry.stored && !required && (
            <>
              {" "}
              <button
                type="button"
                class="text-button"
                onClick={() => {
                  onChange({ text: "", stored: false });
                }}
              >
                Remove it
              </button>
            </>
          )}
        </>
      }
    >
      {(ties) => {
        const face = {
          ...ties,
          value: entry.text,
          placeholder: entry.stored ? "Set" : "",
          onInput: (event: { currentTarget: { value: string } }) => {
            onChange({ ...entry, text: event.currentTarget.value });
          },
        };
        return rows ? (
          <textarea class="input textarea code-input masked" rows={rows} spellcheck={false} autocomplete="off" {...face} />
        ) : (
          <input class="input" type="password" autocomplete="new-password" {...face} />
        );
      }}
    </Field>
  );
}

/** Rarely needed fields, folded away unless one of them said something, or is wrong. */
export function More({ isTelling, isWrong, children }: { isTelling: boolean; isWrong: boolean; children: ComponentChildren }) {
  const isOpen = useSignal(isTelling); // only at first: what is being emptied must not fold itself away
  return (
    <details
      class="more-fields"
      open={isOpen.value || isWrong}
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>More settings</summary>
      <div class="form-group">{children}</div>
    </details>
  );
}

/** One of a few, each with what it means. */
export function ChoiceField<T extends string>(props: {
  legend: string;
  value: T;
  options: readonly (readonly [T, { name: string; help: string }])[];
  onChange: (value: T) => void;
  reason: string;
}) {
  const name = useId();
  return (
    <fieldset class="choices" aria-describedby={`${name}-reason`}>
      <legend>{props.legend}</legend>
      {props.options.map(([value, words]) => (
        <label class="choice" key={value}>
          <input
            type="radio"
            name={name}
            checked={props.value === value}
            onChange={() => {
              props.onChange(value);
            }}
          />
          <span>
            <span class="choice-name">{words.name}</span>
            <span class="help">{words.help}</span>
          </span>
        </label>
      ))}
      {props.reason && (
        <p class="form-error" id={`${name}-reason`}>
          {props.reason}
        </p>
      )}
    </fieldset>
  );
}
