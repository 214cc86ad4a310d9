/** Why a conversation is here: each step of its way, and what the rules said. */
import { call } from "../../session/session.ts";
import { Ago } from "../../ui/ago.tsx";
import { useLoad } from "../../ui/load.ts";
import { brief } from "../../ui/time.ts";
import { agentWords } from "../house.ts";
import type { Conversation, Decision, Routing } from "../types.ts";
import { leafWords, ruleWords, stepWords } from "./reasons.ts";

/** Show the way of *conversation*; read again whenever somebody else has it. */
export function Why({ conversation }: { conversation: Conversation }) {
  const { id, assignedTo, team, queuedAt } = conversation;
  const turn = [assignedTo, team, queuedAt].join();
  const { value, problem, retry } = useLoad(`/v1/conversations/${encodeURIComponent(id)}/routing#${turn}`, readRouting);
  if (problem) {
    return (
      <p class="form-error" role="alert">
        Why it is here could not be read. {problem.message}{" "}
        <button type="button" class="text-button" onClick={retry}>
          Try again
        </button>
      </p>
    );
  }
  if (!value || (value.decisions.length === 0 && value.position === null)) return null;
  return (
    <section class="why">
      <h3 class="section-title">Why here</h3>
      {value.position !== null && (
        <p class="why-place">
          Number {value.position} in the queue of <span dir="auto">{team}</span>
        </p>
      )}
      <ol class="why-steps">
        {value.decisions.toReversed().map((one) => (
          <Step key={`${one.at}${one.step}`} decision={one} />
        ))}
      </ol>
    </section>
  );
}

function Step({ decision }: { decision: Decision }) {
  return (
    <li>
      <span dir="auto">{stepWords(decision, agentWords)}</span>{" "}
      <span class="text-muted">
        <Ago at={decision.at} words={brief} />
      </span>
      {decision.trace.length > 0 && (
        <details class="why-rules">
          <summary>What the rules said</summary>
          <ul>
            {decision.trace.map((said, index) => (
              <li key={index}>
                <span dir="auto">{ruleWords(said)}</span>
                <ul>
                  {said.leaves.map((leaf, place) => (
                    <li key={place} class="text-muted" dir="auto">
                      {leafWords(leaf)}
                    </li>
                  ))}
                </ul>
              </li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

function readRouting(path: string, signal: AbortSignal): Promise<Routing> {
  return call<Routing>(path, { signal });
}
