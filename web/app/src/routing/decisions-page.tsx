/** Why conversations went where they did: the newest decisions, or all about one conversation. */
import { ArrowLeft } from "lucide";

import { Trace } from "../chatflows/editor/preview/outcome.tsx";
import { Section, SectionProblem, Waiting } from "../chatflows/section.tsx";
import { rulesWords } from "../chatflows/words.ts";
import { PROPERTIES, readProperties, type Property } from "../conditions/properties.ts";
import { address } from "../router.ts";
import { COLLEAGUES, readColleagues, type Colleague } from "../teams/teams.ts";
import { Ago } from "../ui/ago.tsx";
import { Icon } from "../ui/icon.tsx";
import { useLoad } from "../ui/load.ts";
import { usePolled } from "../ui/poll.ts";
import { Empty, Skeleton } from "../ui/states.tsx";
import { relative } from "../ui/time.ts";
import { DECISIONS, decisionsPath, readDecisions, readWhereabouts, type Decision } from "./routing.ts";
import { decisionWords, whyWords } from "./words.ts";

/** The newest decisions, or those about *conversation*. */
export function DecisionsPage({ conversation }: { conversation: string | null }) {
  const properties = useLoad(PROPERTIES, readProperties);
  const colleagues = useLoad(COLLEAGUES, readColleagues);
  const known = { properties: properties.value ?? [], colleagues: colleagues.value ?? [] };
  return (
    <Section title="Decisions" tabTitle={conversation === null ? "Decisions" : `Decisions about ${conversation}`}>
      <main class="content function-page">
        {conversation === null ? <Newest {...known} /> : <OfOne conversation={conversation} {...known} />}
      </main>
    </Section>
  );
}

interface Known {
  properties: readonly Property[];
  colleagues: readonly Colleague[];
}

function Newest(known: Known) {
  const polled = usePolled(DECISIONS, readDecisions);
  const { value: decisions } = polled;
  return (
    <>
      <Waiting polled={polled} />
      {decisions?.length === 0 && (
        <Empty
          title="Nothing was decided yet"
          text="Whenever a conversation is sent to a team or given to an agent, it says here why."
        />
      )}
      {decisions && decisions.length > 0 && (
        <ol class="decisions">
          {decisions.map((one) => (
            <li key={`${one.conversationId} ${one.at} ${one.step}`}>
              <DecisionLines decision={one} {...known} />
              <a class="quiet-link text-sm" href={address("decisions", one.conversationId)}>
                All steps of this conversation<span class="sr-only"> ({one.conversationId})</span>
              </a>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function OfOne({ conversation, ...known }: Known & { conversation: string }) {
  const { value, problem, retry } = useLoad(decisionsPath(conversation), readWhereabouts);
  return (
    <>
      <p class="decisions-head">
        <a class="back-link" href={address("decisions")}>
          <Icon node={ArrowLeft} size={16} /> All decisions
        </a>
        <a class="quiet-link text-sm" href={address("inbox", conversation)}>
          Open the conversation
        </a>
      </p>
      {problem && <SectionProblem problem={problem} retry={retry} />}
      {!problem && !value && <Skeleton rows={5} shape="text" />}
      {value?.position && <p class="notice decision-place">It waits, at place {value.position} of the queue.</p>}
      {value?.decisions.length === 0 && (
        <Empty title="Nothing was decided about it" text="It was never sent to a team or given to anybody." />
      )}
      {value && value.decisions.length > 0 && (
        <ol class="decisions">
          {value.decisions.map((one) => (
            <li key={`${one.at} ${one.step}`}>
              <DecisionLines decision={one} {...known} />
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function DecisionLines({ decision, properties, colleagues }: Known & { decision: Decision }) {
  const why = whyWords(decision);
  const did = rulesWords(decision.trace, properties);
  return (
    <>
      <p class="decision-head">
        <span>
          <strong>{decisionWords(decision, colleagues)}</strong>
          {why && <span class="text-muted">, {why}</span>}
        </span>
        <span class="text-muted decision-when">
          <Ago at={decision.at} words={relative} />
        </span>
      </p>
      {did.length > 0 && (
        <details class="more-fields">
          <summary>What each rule said</summary>
          <Trace did={did} />
        </details>
      )}
    </>
  );
}
