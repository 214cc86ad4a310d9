/**
 * Puts a condition together: groups of comparisons, in plain words.
 *
 * It holds nothing itself: what it shows is the condition it is given, and each change is
 * a new condition.
 */
import { Plus } from "lucide";
import { useRef } from "preact/hooks";

import type { Reasons } from "../forms/sending.ts";
import { Icon } from "../ui/icon.tsx";
import { LeafRow } from "./leaf.tsx";
import type { Property } from "./properties.ts";
import { conditionOf, groupOf, isLeaf, MAX_GROUPS, type Condition, type Mode } from "./tree.ts";
import { emptyLeaf, MODES } from "./words.ts";

/** What every part of a condition is given. */
export interface Building {
  properties: readonly Property[];
  /** What was said about the parts of the document, by their paths. */
  reasons: Reasons;
}

/** A condition that may be absent; *none* says what that means. */
export function ConditionField(
  props: Building & {
    legend: string;
    none: string;
    value: Condition | null;
    path: string;
    onChange: (value: Condition | null) => void;
  },
) {
  const { legend, none, value, path, onChange, ...building } = props;
  const field = useRef<HTMLFieldSetElement>(null);
  return (
    <fieldset class="condition" ref={field}>
      <legend>{legend}</legend>
      {value ? (
        <GroupParts {...building} condition={value} path={path} depth={1} onChange={onChange} />
      ) : (
        <p class="condition-none">
          <span class="text-muted">{none}</span>
          <AddButton
            label="Add a condition"
            onClick={() => {
              onChange(emptyLeaf("", "string"));
              focusLast(field.current);
            }}
          />
        </p>
      )}
      {props.reasons[path] && <p class="form-error">{props.reasons[path]}</p>}
    </fieldset>
  );
}

interface GroupGiven extends Building {
  condition: Condition;
  path: string;
  depth: number;
  onChange: (value: Condition | null) => void;
}

function GroupParts({ condition, path, depth, onChange, ...building }: GroupGiven) {
  const { mode, parts } = groupOf(condition, path);
  const conditions = parts.map((part) => part.condition);
  const list = useRef<HTMLDivElement>(null);
  const write = (next: readonly Condition[], as: Mode = mode): void => {
    onChange(conditionOf(as, next, { isTop: depth === 1 }));
  };
  const change = (index: number, part: Condition | null): void => {
    write(part ? conditions.with(index, part) : conditions.toSpliced(index, 1));
  };
  const add = (part: Condition): void => {
    write([...conditions, part]);
    focusLast(list.current);
  };
  return (
    <div class="condition-group" ref={list}>
      {(parts.length > 1 || mode === "none" || depth > 1) && (
        <ModeChoice mode={mode} onChange={(next) => { write(conditions, next); }} />
      )}
      {parts.map((part, index) =>
        isLeaf(part.condition) ? (
          <LeafRow
            key={index}
            {...building}
            leaf={part.condition}
            path={part.path}
            onChange={(next) => {
              change(index, next);
            }}
          />
        ) : (
          <GroupParts
            key={index}
            {...building}
            condition={part.condition}
            path={part.path}
            depth={depth + 1}
            onChange={(next) => {
              change(index, next);
            }}
          />
        ),
      )}
      <div class="condition-add">
        <AddButton label="Add a condition" onClick={() => { add(emptyLeaf("", "string")); }} />
        {depth < MAX_GROUPS && (
          <AddButton label="Add a group" onClick={() => { add({ any: [emptyLeaf("", "string")] }); }} />
        )}
      </div>
    </div>
  );
}

function ModeChoice({ mode, onChange }: { mode: Mode; onChange: (mode: Mode) => void }) {
  return (
    <label class="condition-mode">
      <select
        class="input select"
        value={mode}
        onChange={(event) => {
          onChange(event.currentTarget.value as Mode);
        }}
      >
        {Object.entries(MODES).map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
      <span>of these</span>
    </label>
  );
}

function AddButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" class="add-button" onClick={onClick}>
      <Icon node={Plus} size={16} /> {label}
    </button>
  );
}

/** Go to the first field of what was added last, once it is drawn. */
function focusLast(host: HTMLElement | null): void {
  setTimeout(() => {
    const rows = [...(host?.querySelectorAll<HTMLElement>(".condition-row") ?? [])];
    rows.at(-1)?.querySelector<HTMLElement>("select")?.focus();
  });
}
