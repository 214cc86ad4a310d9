/** Begins a function: it needs only a name. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { ArrowLeft } from "lucide";
import type { TargetedSubmitEvent } from "preact";
import { useRef } from "preact/hooks";

import { address, functionAddress, navigate } from "../../router.ts";
import { TextField } from "../../sites/form/fields.tsx";
import { sentences } from "../../sites/words.ts";
import { Icon } from "../../ui/icon.tsx";
import { useLoad } from "../../ui/load.ts";
import { problemFrom, Skeleton } from "../../ui/states.tsx";
import { createFunction, FUNCTIONS, readFunctions } from "../functions.ts";
import { FunctionsProblem, Section } from "../section.tsx";
import { nameReason } from "../words.ts";

/** Ask for a name, and open the editor. */
export function NewFunctionPage() {
  const { value: functions, problem, retry } = useLoad(FUNCTIONS, readFunctions);
  return (
    <Section title="New function">
      <main class="content site-page">
        <a class="back-link" href={address("functions")}>
          <Icon node={ArrowLeft} size={16} /> Functions
        </a>
        {problem && <FunctionsProblem problem={problem} retry={retry} />}
        {!problem && !functions && <Skeleton rows={3} shape="text" />}
        {functions && <NameForm taken={functions.map((one) => one.name)} />}
      </main>
    </Section>
  );
}

function NameForm({ taken }: { taken: readonly string[] }) {
  const name = useSignal("");
  const wasSent = useSignal(false);
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const reason = nameReason(name.value, taken);
  // Nobody is told off for a field they have not come to yet.
  const shown = name.value === "" && !wasSent.value ? "" : reason || (problem.value?.fields["name"] ?? "");

  async function submit(event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    wasSent.value = true;
    problem.value = null;
    if (reason) {
      form.current?.querySelector("input")?.focus();
      return;
    }
    busy.value = true;
    try {
      await createFunction(name.value);
      navigate(functionAddress(name.value));
    } catch (error) {
      problem.value = problemFrom(error);
      busy.value = false;
    }
  }
  return (
    <form class="form new-function" ref={form} noValidate autocomplete="off" onSubmit={(event) => void submit(event)}>
      <TextField
        label="Name"
        help="Small letters, digits and hyphens, such as lookup-order. It is in the address that others call, and cannot be changed later."
        value={name.value}
        reason={shown}
        onChange={(text) => {
          name.value = text.trim();
        }}
      />
      {problem.value && !problem.value.fields["name"] && (
        <p class="form-error" role="alert">
          {sentences(problem.value.message, problem.value.hint)}
        </p>
      )}
      <div class="new-function-buttons">
        <button type="submit" class="button button-primary" disabled={busy.value}>
          {busy.value ? "Making it" : "Write it"}
        </button>
        <a class="text-button" href={address("templates")}>
          Or start from a template
        </a>
      </div>
    </form>
  );
}
