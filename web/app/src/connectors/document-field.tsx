/** An OpenAPI document, pasted or out of a file. */
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";

import { TextField } from "../sites/form/fields.tsx";

const MOST = 4 * 1024 * 1024; // what the server reads at most

/** Ask for a document; *value* is its text. */
export function DocumentField(props: {
  label: string;
  help: ComponentChildren;
  value: string;
  reason: string;
  onChange: (text: string) => void;
}) {
  const file = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState("");
  async function read(chosen: File | undefined): Promise<void> {
    if (!chosen) return;
    if (chosen.size > MOST) {
      setProblem(`${chosen.name} is larger than 4 MB. Remove what your functions do not call.`);
      return;
    }
    setProblem("");
    props.onChange(await chosen.text());
  }
  return (
    <div class="document-field">
      <TextField
        label={props.label}
        help={props.help}
        rows={4}
        mono
        value={props.value}
        placeholder={'{ "openapi": "3.1.0", …'}
        reason={problem || props.reason}
        onChange={(text) => {
          setProblem("");
          props.onChange(text);
        }}
      />
      <button type="button" class="button" onClick={() => file.current?.click()}>
        Choose a file
      </button>
      <input
        ref={file}
        type="file"
        hidden
        accept="application/json,.json"
        onChange={(event) => {
          void read(event.currentTarget.files?.[0]);
          event.currentTarget.value = ""; // so that the same file can be chosen again
        }}
      />
    </div>
  );
}
