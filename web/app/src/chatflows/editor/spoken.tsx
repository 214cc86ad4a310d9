/** A text that visitors read, with a helper that quotes what is known of them. */
import { useSignal } from "@preact/signals";
import { Braces } from "lucide";
import { useId, useRef } from "preact/hooks";

import { PropertyChoice } from "../../conditions/leaf.tsx";
import type { Property } from "../../conditions/properties.ts";
import { Field, TextField, type Labelled } from "../../sites/form/fields.tsx";
import { Icon } from "../../ui/icon.tsx";
import { fallbackReason, inserted, token, tokenReason } from "../tokens.ts";

/** The field; what is wrong with a token is said while it is written. */
export function SpokenField(
  props: Labelled & { value: string; rows?: number; properties: readonly Property[]; onChange: (value: string) => void },
) {
  const { value, rows = 2, properties, onChange, reason, ...labelled } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  const isOpen = useSignal(false);
  const id = useId();
  const quotable = properties.filter((one) => one.visible);

  function insert(name: string, fallback: string): void {
    const { current } = field;
    if (!current) return;
    const next = inserted(value, token(name, fallback), current.selectionStart, current.selectionEnd);
    onChange(next.text);
    isOpen.value = false;
    setTimeout(() => {
      current.focus();
      current.setSelectionRange(next.caret, next.caret);
    });
  }
  return (
    <div class="spoken">
      <Field {...labelled} reason={tokenReason(value, properties) || (reason ?? "")}>
        {(ties) => (
          <textarea
            class="input textarea"
            {...ties}
            ref={field}
            rows={rows}
            dir="auto"
            value={value}
            onInput={(event) => {
              onChange(event.currentTarget.value);
            }}
          />
        )}
      </Field>
      <button
        type="button"
        class="add-button"
        aria-expanded={isOpen.value}
        aria-controls={id}
        onClick={() => {
          isOpen.value = !isOpen.value;
        }}
      >
        <Icon node={Braces} size={16} /> Quote what is known
      </button>
      {isOpen.value && <Quoting id={id} properties={quotable} insert={insert} />}
    </div>
  );
}

function Quoting(props: { id: string; properties: readonly Property[]; insert: (name: string, fallback: string) => void }) {
  const name = useSignal("");
  const fallback = useSignal("");
  const wasSent = useSignal(false);
  const reason = fallbackReason(name.value, fallback.value);
  function insert(): void {
    wasSent.value = true;
    if (name.value !== "" && reason === "") props.insert(name.value, fallback.value);
  }
  return (
    <div class="key-fields quoting" id={props.id} role="group" aria-label="Quote what is known">
      <Field label="What" reason={wasSent.value && name.value === "" ? "Choose what to quote." : ""}>
        {() => (
          <PropertyChoice
            label="What"
            value={name.value}
            placeholder="Choose what to quote"
            properties={props.properties}
            onChange={(next) => {
              name.value = next;
            }}
          />
        )}
      </Field>
      <TextField
        label="For whom it is not known"
        help="Visitors who did not prove who they are read this too."
        placeholder="there"
        value={fallback.value}
        reason={wasSent.value ? reason : ""}
        onChange={(next) => {
          fallback.value = next;
        }}
      />
      <button type="button" class="button" onClick={insert}>
        Insert
      </button>
    </div>
  );
}
