/** The fields for what a property is compared with, after the property's type and the operator. */
import type { Property } from "./properties.ts";
import type { Leaf, Value } from "./tree.ts";
import { readList, readValue } from "./words.ts";

interface ValueGiven {
  leaf: Leaf;
  property: Property | null;
  isWrong: boolean;
  onChange: (value: Value) => void;
}

type Item = string | number;

/** What *leaf* compares with; some operators need nothing. */
export function ValueField(given: ValueGiven) {
  const { operator, value } = given.leaf;
  if (operator === "is_known" || operator === "is_unknown") return null;
  if (operator === "between") return <TwoValues {...given} />;
  if (operator === "in" || operator === "not_in") return <ManyValues {...given} />;
  return <OneValue {...given} label="Value" value={value as Item | boolean} />;
}

function itemsOf(value: Value | undefined): readonly Item[] {
  return Array.isArray(value) ? (value as readonly Item[]) : [];
}

function TwoValues({ leaf, property, isWrong, onChange }: ValueGiven) {
  const [low = "", high = ""] = itemsOf(leaf.value);
  return (
    <span class="condition-pair">
      <OneValue
        {...{ property, isWrong }}
        label="Lowest"
        value={low}
        onChange={(next) => {
          onChange([next as Item, high]);
        }}
      />
      <OneValue
        {...{ property, isWrong }}
        label="Highest"
        value={high}
        onChange={(next) => {
          onChange([low, next as Item]);
        }}
      />
    </span>
  );
}

function ManyValues({ leaf, property, isWrong, onChange }: ValueGiven) {
  const items = itemsOf(leaf.value);
  if (property?.options.length) return <Boxes options={property.options} chosen={items} onChange={onChange} />;
  return (
    <ListField
      items={items}
      isWrong={isWrong}
      onChange={(text) => {
        onChange(readList(text, property?.kind ?? "string"));
      }}
    />
  );
}

interface OneGiven {
  label: string;
  value: Item | boolean;
  property: Property | null;
  isWrong: boolean;
  onChange: (value: Item | boolean) => void;
}

/** A single value: one of a few where the property has only those, else typed. */
export function OneValue(given: OneGiven) {
  const { property, value, onChange } = given;
  if (property?.kind === "bool") {
    return (
      <Choice
        {...given}
        options={["true", "false"]}
        onChoose={(text) => {
          onChange(text === "true");
        }}
      />
    );
  }
  if (property?.kind === "enum") return <Choice {...given} options={property.options} onChoose={onChange} />;
  return <Typed {...given} value={value as Item} />;
}

function Choice(given: OneGiven & { options: readonly string[]; onChoose: (text: string) => void }) {
  const value = String(given.value);
  return (
    <select
      class="input select"
      aria-label={given.label}
      value={value}
      onChange={(event) => {
        given.onChoose(event.currentTarget.value);
      }}
    >
      {!given.options.includes(value) && <option value={value}>{value || "Choose"}</option>}
      {given.options.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  );
}

function Typed({ label, value, property, isWrong, onChange }: OneGiven & { value: Item }) {
  const kind = property?.kind ?? "string";
  const face = {
    class: "input",
    "aria-label": label,
    ...(isWrong ? { "aria-invalid": "true" as const } : {}),
    value: String(value),
    onInput: (event: { currentTarget: { value: string } }) => {
      onChange(readValue(event.currentTarget.value, kind));
    },
  };
  if (kind === "date" && (value === "" || /^\d{4}-\d\d-\d\d$/.test(String(value)))) return <input type="date" {...face} />;
  return <input dir="auto" inputMode={kind === "number" ? "decimal" : "text"} {...face} />;
}

function ListField(props: { items: readonly (string | number)[]; isWrong: boolean; onChange: (text: string) => void }) {
  // Written back only when the field is left: a comma that was just typed would vanish.
  return (
    <input
      class="input"
      aria-label="Values, with commas between"
      aria-invalid={props.isWrong ? "true" : undefined}
      placeholder="one, two, three"
      dir="auto"
      defaultValue={props.items.join(", ")}
      onInput={(event) => {
        props.onChange(event.currentTarget.value);
      }}
    />
  );
}

function Boxes(props: {
  options: readonly string[];
  chosen: readonly (string | number)[];
  onChange: (chosen: string[]) => void;
}) {
  return (
    <span class="condition-boxes" role="group" aria-label="Values">
      {props.options.map((one) => (
        <label key={one}>
          <input
            type="checkbox"
            checked={props.chosen.includes(one)}
            onChange={(event) => {
              const rest = props.options.filter((other) => other !== one && props.chosen.includes(other));
              props.onChange(event.currentTarget.checked ? [...rest, one] : rest);
            }}
          />
          <span dir="auto">{one}</span>
        </label>
      ))}
    </span>
  );
}
