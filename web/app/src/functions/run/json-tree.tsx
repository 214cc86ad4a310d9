/** A value as a tree that folds; what looks like a key is covered until it is asked for. */
import { useState } from "preact/hooks";

import { CopyButton } from "../../ui/copy.tsx";
import type { Json } from "../types.ts";
import { count } from "../words.ts";
import { covered, isSecret } from "./masking.ts";

const OPEN_DEPTH = 3;
const MANY = 100; // more than this at once makes a page slow, and is not read anyway

/** Show *value*. */
export function JsonTree({ value, sensitive }: { value: Json; sensitive: readonly string[] }) {
  return (
    <div class="json" dir="ltr">
      <Node name="" value={value} depth={0} sensitive={sensitive} />
    </div>
  );
}

interface Given {
  name: string;
  value: Json;
  depth: number;
  sensitive: readonly string[];
}

function Node({ name, value, depth, sensitive }: Given) {
  if (value !== null && typeof value === "object") return <Branch {...{ name, value, depth, sensitive }} />;
  return (
    <p class="json-leaf">
      {name && <Name name={name} />}
      {isSecret(name, value, sensitive) ? <Covered name={name} value={String(value)} /> : <Leaf value={value} />}
    </p>
  );
}

function Name({ name }: { name: string }) {
  return <span class="json-name">{name}: </span>;
}

function Leaf({ value }: { value: null | boolean | number | string }) {
  return (
    <span class="json-value" data-type={value === null ? "null" : typeof value} dir="auto">
      {typeof value === "string" ? JSON.stringify(value) : String(value)}
    </span>
  );
}

function Covered({ name, value }: { name: string; value: string }) {
  const [isOpen, setOpen] = useState(false);
  const what = name || "the result";
  return (
    <span class="json-covered">
      <span class="json-value">{isOpen ? JSON.stringify(value) : covered(value)}</span>
      <button
        type="button"
        class="text-button"
        aria-pressed={isOpen}
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        {isOpen ? "Hide" : "Show"}
        <span class="sr-only"> {what}</span>
      </button>
      <CopyButton text={value} what={what} />
    </span>
  );
}

function Branch({ name, value, depth, sensitive }: Given & { value: Json[] | Record<string, Json> }) {
  const [limit, setLimit] = useState(MANY);
  const isList = Array.isArray(value);
  const members = Object.entries(value);
  const words = isList ? `[${count(members.length, "item")}]` : `{${count(members.length, "member")}}`;
  if (members.length === 0) {
    return (
      <p class="json-leaf">
        {name && <Name name={name} />}
        {isList ? "[]" : "{}"}
      </p>
    );
  }
  return (
    <details class="json-branch" open={depth < OPEN_DEPTH && members.length <= MANY}>
      <summary>
        {name && <Name name={name} />}
        <span class="text-muted">{words}</span>
      </summary>
      <div class="json-members">
        {members.slice(0, limit).map(([key, one]) => (
          <Node key={key} name={key} value={one} depth={depth + 1} sensitive={sensitive} />
        ))}
        {members.length > limit && (
          <button
            type="button"
            class="text-button"
            onClick={() => {
              setLimit(limit + MANY);
            }}
          >
            Show more ({count(members.length - limit, "left", "left")})
          </button>
        )}
      </div>
    </details>
  );
}
