/** Begins something that needs a name first of all. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";

import { TextField } from "../sites/form/fields.tsx";
import { Refusal } from "./refusal.tsx";
import { useSending } from "./sending.ts";

/** Ask for a name, about which *wrong* says what is wrong with it; *make* begins what it names. */
export function NameForm(props: {
  help: string;
  wrong: (name: string) => string;
  make: (name: string) => Promise<void>;
  label: string;
  /** What stands beside the button. */
  beside: ComponentChildren;
  children?: ComponentChildren;
}) {
  const name = useSignal("");
  const { isBusy, problem, reasons, form, send } = useSending();
  const reason = props.wrong(name.value);
  // Nobody is told off for a field they have not come to yet.
  const shown = name.value === "" ? reasons["name"] : reason || problem?.fields["name"];
  return (
    <form
      class="form new-function"
      ref={form}
      noValidate
      autocomplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        void send(reason ? { name: reason } : {}, () => props.make(name.value));
      }}
    >
      <TextField
        label="Name"
        help={props.help}
        value={name.value}
        reason={shown ?? ""}
        onChange={(text) => {
          name.value = text.trim();
        }}
      />
      {props.children}
      {!shown && <Refusal problem={problem} />}
      <div class="new-function-buttons">
        <button type="submit" class="button button-primary" disabled={isBusy}>
          {isBusy ? "Making it" : props.label}
        </button>
        {props.beside}
      </div>
    </form>
  );
}
