/** One comparison: what is asked about, how it is compared, and with what. */
import { X } from "lucide";
import { useId } from "preact/hooks";

import { Icon } from "../ui/icon.tsx";
import type { Building } from "./builder.tsx";
import { byOwner, choiceLabel, findProperty, openOf, propertyLabel, unknownProperty, type Property } from "./properties.ts";
import type { Condition, Leaf, Operator } from "./tree.ts";
import { ValueField } from "./values.tsx";
import { emptyLeaf, operatorsFor, operatorWords, withOperator } from "./words.ts";

/** A row of a group. */
export function LeafRow(
  props: Building & { leaf: Leaf; path: string; onChange: (value: Condition | null) => void },
) {
  const { leaf, path, properties, reasons, onChange } = props;
  const found = findProperty(leaf.property, properties);
  const kind = found?.kind ?? "string";
  const id = useId();
  const reason = ["", ".property", ".operator", ".value"].map((part) => reasons[path + part]).find(Boolean);
  return (
    <div class="condition-row" data-wrong={reason ? "true" : undefined} role="group" aria-describedby={`${id}-reason`}>
      <PropertyChoice
        label="Property"
        value={leaf.property}
        properties={properties}
        onChange={(name) => {
          const next = findProperty(name, properties) ?? unknownProperty(name);
          onChange(next.kind === kind && leaf.property !== "" ? { ...leaf, property: name } : emptyLeaf(name, next.kind, next.options));
        }}
      />
      <select
        class="input select"
        aria-label="Comparison"
        value={leaf.operator}
        onChange={(event) => {
          onChange(withOperator(leaf, event.currentTarget.value as Operator));
        }}
      >
        {operatorsFor(kind, leaf.operator).map((one) => (
          <option key={one} value={one}>
            {operatorWords(one, kind)}
          </option>
        ))}
      </select>
      <ValueField leaf={leaf} property={found} isWrong={Boolean(reason)} onChange={(value) => { onChange({ ...leaf, value }); }} />
      <button type="button" class="icon-button" title="Remove" onClick={() => { onChange(null); }}>
        <Icon node={X} size={16} />
        <span class="sr-only">Remove this condition</span>
      </button>
      {reason && (
        <p class="form-error" id={`${id}-reason`}>
          {reason}
        </p>
      )}
    </div>
  );
}

/** A property, chosen by its label from those of its owner; of some, the end of the name is typed. */
export function PropertyChoice(props: {
  label: string;
  value: string;
  properties: readonly Property[];
  /** What it means to choose none, where that may be. */
  none?: string;
  placeholder?: string;
  isWrong?: boolean;
  onChange: (name: string) => void;
}) {
  const { value, properties, onChange } = props;
  const open = openOf(value, properties);
  const isKnown = open || value === "" || properties.some((one) => one.name === value);
  return (
    <span class="property-choice">
      <select
        class="input select"
        aria-label={props.label}
        aria-invalid={props.isWrong ? "true" : undefined}
        value={open?.name ?? value}
        onChange={(event) => {
          onChange(event.currentTarget.value);
        }}
      >
        <option value="" disabled={props.none === undefined}>
          {props.none ?? props.placeholder ?? "Choose what to ask about"}
        </option>
        {!isKnown && <option value={value}>{value} (not there)</option>}
        {byOwner(properties).map(([owner, found]) => (
          <optgroup key={owner} label={owner}>
            {found.map((one) => (
              <option key={one.name} value={one.name}>
                {choiceLabel(one)}
                {one.isOpen && " …"}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      {open && (
        <input
          class="input"
          aria-label={`${propertyLabel(open)}: which`}
          placeholder="Its name"
          spellcheck={false}
          value={value.slice(open.name.length)}
          onInput={(event) => {
            onChange(open.name + event.currentTarget.value.trim());
          }}
        />
      )}
    </span>
  );
}
