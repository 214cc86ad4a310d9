/** Begins a chatflow: a name, and something to begin with. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { ArrowLeft } from "lucide";
import type { TargetedSubmitEvent } from "preact";
import { useRef } from "preact/hooks";

import { address, chatflowAddress, navigate } from "../router.ts";
import { ChoiceField, TextField } from "../sites/form/fields.tsx";
import { sentences } from "../sites/words.ts";
import { Icon } from "../ui/icon.tsx";
import { useLoad } from "../ui/load.ts";
import { problemFrom, Skeleton } from "../ui/states.tsx";
import { CHATFLOWS, readFlows, saveDraft } from "./chatflows.ts";
import { Section, SectionProblem } from "./section.tsx";
import { STARTERS, type StarterName } from "./starters.ts";
import { flowNameReason } from "./words.ts";

const BEGINNINGS = (Object.keys(STARTERS) as StarterName[]).map((name) => [name, STARTERS[name]] as const);

/** Ask for a name and a beginning, and open the editor. */
export function NewChatflowPage() {
  const { value: flows, problem, retry } = useLoad(CHATFLOWS, readFlows);
  return (
    <Section title="New chatflow">
      <main class="content site-page">
        <a class="back-link" href={address("chatflows")}>
          <Icon node={ArrowLeft} size={16} /> Chatflows
        </a>
        {problem && <SectionProblem problem={problem} retry={retry} />}
        {!problem && !flows && <Skeleton rows={3} shape="text" />}
        {flows && <NewForm taken={flows.map((one) => one.name)} />}
      </main>
    </Section>
  );
}

function NewForm({ taken }: { taken: readonly string[] }) {
  const name = useSignal("");
  const starter = useSignal<StarterName>("topics");
  const wasSent = useSignal(false);
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const reason = flowNameReason(name.value, taken);

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
      await saveDraft({ name: name.value, ...STARTERS[starter.value].flow });
      navigate(chatflowAddress(name.value));
    } catch (error) {
      problem.value = problemFrom(error);
      busy.value = false;
    }
  }
  return (
    <form class="form new-function" ref={form} noValidate autocomplete="off" onSubmit={(event) => void submit(event)}>
      <TextField
        label="Name"
        help="Small letters, digits, hyphens and underscores, such as support. Visitors never see it, and it cannot be changed later."
        value={name.value}
        reason={name.value === "" && !wasSent.value ? "" : reason}
        onChange={(text) => {
          name.value = text.trim();
        }}
      />
      <ChoiceField<StarterName>
        legend="Begin with"
        value={starter.value}
        options={BEGINNINGS}
        reason=""
        onChange={(chosen) => {
          starter.value = chosen;
        }}
      />
      {problem.value && (
        <p class="form-error" role="alert">
          {sentences(problem.value.message, ...Object.values(problem.value.fields), problem.value.hint)} <code>{problem.value.code}</code>
        </p>
      )}
      <div class="new-function-buttons">
        <button type="submit" class="button button-primary" disabled={busy.value}>
          {busy.value ? "Making it" : "Make it"}
        </button>
        <span class="text-muted text-sm">No visitor gets it before you publish it.</span>
      </div>
    </form>
  );
}
