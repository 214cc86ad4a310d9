/** Begins a chatflow: a name, and something to begin with. */
import { useSignal } from "@preact/signals";
import { ArrowLeft } from "lucide";

import { NameForm } from "../forms/name-form.tsx";
import { address, chatflowAddress, navigate } from "../router.ts";
import { ChoiceField } from "../sites/form/fields.tsx";
import { Icon } from "../ui/icon.tsx";
import { useLoad } from "../ui/load.ts";
import { Skeleton } from "../ui/states.tsx";
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
        {flows && <Beginning taken={flows.map((one) => one.name)} />}
      </main>
    </Section>
  );
}

function Beginning({ taken }: { taken: readonly string[] }) {
  const starter = useSignal<StarterName>("topics");
  return (
    <NameForm
      label="Make it"
      help="Small letters, digits, hyphens and underscores, such as support. Visitors never see it, and it cannot be changed later."
      wrong={(name) => flowNameReason(name, taken)}
      make={async (name) => {
        await saveDraft({ name, ...STARTERS[starter.value].flow });
        navigate(chatflowAddress(name));
      }}
      beside={<span class="text-muted text-sm">No visitor gets it before you publish it.</span>}
    >
      <ChoiceField<StarterName>
        legend="Begin with"
        value={starter.value}
        options={BEGINNINGS}
        reason=""
        onChange={(chosen) => {
          starter.value = chosen;
        }}
      />
    </NameForm>
  );
}
