/** What is known of somebody made up: properties and their values, for trying things out. */
import { X } from "lucide";
import type { ComponentChildren } from "preact";

import { Icon } from "../ui/icon.tsx";
import { PropertyChoice } from "./leaf.tsx";
import type { Property } from "./properties.ts";

/** Names of properties, each with what is typed as its value. */
export type Known = readonly (readonly [string, string])[];

/** A row for each; *children* draws the field of a value, which *write* changes. */
export function KnownFields(props: {
  legend: string;
  known: Known;
  properties: readonly Property[];
  note?: ComponentChildren;
  onChange: (known: Known) => void;
  children: (name: string, value: string, write: (value: string) => void) => ComponentChildren;
}) {
  const { legend, known, properties, note, onChange, children } = props;
  return (
    <fieldset class="many">
      <legend>{legend}</legend>
      {note}
      {known.map(([name, value], index) => (
        <div class="known-row" key={index}>
          <PropertyChoice
            label="Property"
            value={name}
            properties={properties}
            onChange={(next) => {
              onChange(known.with(index, [next, ""]));
            }}
          />
          {children(name, value, (next) => {
            onChange(known.with(index, [name, next]));
          })}
          <button type="button" class="icon-button" title="Remove" onClick={() => { onChange(known.toSpliced(index, 1)); }}>
            <Icon node={X} size={16} />
            <span class="sr-only">Remove what is known, {index + 1}</span>
          </button>
        </div>
      ))}
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
