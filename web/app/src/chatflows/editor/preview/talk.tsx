/** The imagined talk, in which the author answers for the visitor. */
import { useSignal } from "@preact/signals";
import type { TargetedSubmitEvent } from "preact";

import type { Input, Line, ShownField, Simulation } from "../../chatflows.ts";
import { visitorWords } from "../../words.ts";

interface Given {
  shown: Simulation;
  say: (input: Input) => void;
}

/** What was said so far, and the way to say something. */
export function Talk({ shown, say }: Given) {
  const last = shown.messages.at(-1);
  const waits = last?.author === "bot" && shown.route === null ? last : null;
  return (
    <div class="preview-talk">
      <ol aria-label="The talk" aria-live="polite">
        {shown.messages.map((line, index) => (
          <li key={index} data-author={line.author}>
            <span class="sr-only">{line.author === "bot" ? "Chatflow: " : "Visitor: "}</span>
            <span class="preview-text" dir="auto">
              {line.author === "bot" ? line.text : visitorWords(line)}
            </span>
          </li>
        ))}
      </ol>
      {shown.messages.length === 0 && <p class="text-muted text-sm">Nothing is said.</p>}
      {waits?.options && <Buttons line={waits} say={say} />}
      {waits?.form ? <FormAnswer key={shown.messages.length} fields={waits.form.fields} wrong={waits.form.wrong ?? []} say={say} /> : <TextAnswer say={say} />}
    </div>
  );
}

function Buttons({ line, say }: { line: Line; say: Given["say"] }) {
  return (
    <div class="preview-options">
      {line.options?.map((one) => (
        <button
          key={one.value}
          type="button"
          class="button"
          onClick={() => {
            say({ value: one.value });
          }}
        >
          {one.label}
        </button>
      ))}
    </div>
  );
}

function TextAnswer({ say }: { say: Given["say"] }) {
  const text = useSignal("");
  function send(event: TargetedSubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (text.value.trim() === "") return;
    say({ text: text.value });
    text.value = "";
  }
  return (
    <form class="preview-answer" autocomplete="off" onSubmit={send}>
      <input
        class="input"
        aria-label="What the visitor writes"
        placeholder="Answer as the visitor"
        dir="auto"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
      <button type="submit" class="button">
        Say
      </button>
    </form>
  );
}

function FormAnswer(props: { fields: readonly ShownField[]; wrong: readonly string[]; say: Given["say"] }) {
  const values = useSignal<Readonly<Record<string, string>>>(
    Object.fromEntries(props.fields.map((one) => [one.name, String(one.value ?? "")])),
  );
  function send(event: TargetedSubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    props.say({ values: values.value });
  }
  return (
    <form class="key-fields preview-form" autocomplete="off" noValidate onSubmit={send}>
      {props.fields.map((one) => (
        <label class="field" key={one.name}>
          <span>
            {one.label}
            {!one.required && <span class="text-muted"> (optional)</span>}
          </span>
          <input
            class="input"
            list={one.options ? `options-${one.name}` : undefined}
            aria-invalid={props.wrong.includes(one.name) ? "true" : undefined}
            dir="auto"
            value={values.value[one.name] ?? ""}
            onInput={(event) => {
              values.value = { ...values.value, [one.name]: event.currentTarget.value };
            }}
          />
          {one.options && (
            <datalist id={`options-${one.name}`}>
              {one.options.map((option) => (
                <option key={option} value={option} />
              ))}
            </datalist>
          )}
        </label>
      ))}
      <button type="submit" class="button">
        Send as the visitor
      </button>
    </form>
  );
}
