/** What makes a function run: who may call it and how, when it runs by itself, what it waits for. */
import { useSignal } from "@preact/signals";

import { functionAddress } from "../../router.ts";
import { Ago } from "../../ui/ago.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { Empty } from "../../ui/states.tsx";
import { exact } from "../../ui/time.ts";
import type { FunctionDetails, Snippet, Trigger } from "../types.ts";
import { CALLERS, count, triggerWords } from "../words.ts";
import { FunctionFrame } from "./frame.tsx";

/** Show every trigger of a function. */
export function TriggersTab({ details }: { details: FunctionDetails }) {
  const { name, triggers } = details;
  return (
    <FunctionFrame name={name} tab="triggers">
      <main class="content function-page">
        {details.version === null && (
          <p class="notice function-narrow">Nothing sets it off yet: it counts once it is deployed.</p>
        )}
        {triggers.length === 0 && (
          <Empty
            title="It runs only by hand"
            text="Say at the head of its source what else makes it run: a call, a schedule, or an event."
          >
            <a class="button" href={functionAddress(name)}>
              Open the editor
            </a>
          </Empty>
        )}
        <div class="triggers">
          {triggers.map((trigger, index) => (
            <section class="site-section trigger" key={index}>
              {trigger.kind === "http" ? <HttpTrigger trigger={trigger} /> : <ClockOrEvent trigger={trigger} />}
            </section>
          ))}
        </div>
      </main>
    </FunctionFrame>
  );
}

function HttpTrigger({ trigger }: { trigger: Trigger }) {
  const caller = CALLERS[trigger.auth ?? "key"];
  const snippets = trigger.snippets ?? [];
  return (
    <>
      <h2 class="site-section-title">By HTTP</h2>
      {trigger.url && (
        <div class="trigger-url">
          <span class="badge">{trigger.method ?? "POST"}</span>
          <code dir="ltr">{trigger.url}</code>
          <CopyButton text={trigger.url} what="the address" />
        </div>
      )}
      <dl class="properties function-facts">
        <div>
          <dt>Who may call</dt>
          <dd>
            {triggerWords(trigger)}
            <span class="help trigger-help">{caller.help}</span>
          </dd>
        </div>
        {trigger.auth === "public" && (
          <div>
            <dt>Pages at</dt>
            <dd>{trigger.origins?.join("\n") ?? "None listed"}</dd>
          </div>
        )}
      </dl>
      {snippets.length > 0 && <Snippets snippets={snippets} />}
    </>
  );
}

const LANGUAGES: Readonly<Record<Snippet["language"], string>> = { javascript: "JavaScript", curl: "curl", python: "Python" };

function Snippets({ snippets }: { snippets: readonly Snippet[] }) {
  const chosen = useSignal(0);
  const snippet = snippets[chosen.value];
  return (
    <div class="snippets">
      <div class="snippets-head">
        <fieldset class="segments">
          <legend class="sr-only">Language</legend>
          {snippets.map((one, index) => (
            <label key={one.language}>
              <input
                type="radio"
                name="language"
                checked={chosen.value === index}
                onChange={() => {
                  chosen.value = index;
                }}
              />
              <span>{LANGUAGES[one.language]}</span>
            </label>
          ))}
        </fieldset>
        {snippet && <CopyButton text={snippet.code} what="the snippet" />}
      </div>
      {snippet && (
        <pre class="code" dir="ltr" tabIndex={0} aria-label={`How to call it, ${LANGUAGES[snippet.language]}`}>
          <code>{snippet.code}</code>
        </pre>
      )}
    </div>
  );
}

function ClockOrEvent({ trigger }: { trigger: Trigger }) {
  const missed = trigger.missed ?? 0;
  return (
    <>
      <h2 class="site-section-title">{trigger.kind === "schedule" ? "By the clock" : "By an event"}</h2>
      <dl class="properties function-facts">
        <div>
          <dt>When</dt>
          <dd>
            {triggerWords(trigger)}
            <code class="trigger-help">{trigger.cron ?? trigger.event}</code>
          </dd>
        </div>
        {trigger.kind === "schedule" && (
          <>
            <div>
              <dt>Next run</dt>
              <dd>{trigger.nextAt ? <time dateTime={trigger.nextAt}>{exact(new Date(trigger.nextAt))}</time> : "None"}</dd>
            </div>
            <div>
              <dt>Last run</dt>
              <dd>{trigger.lastAt ? <Ago at={trigger.lastAt} words={exact} /> : "None yet"}</dd>
            </div>
          </>
        )}
      </dl>
      {missed > 0 && (
        <p class="notice" data-tone="warning">
          {count(missed, "run")} did not happen, as the server was down when due. Missed runs are not made up for.
        </p>
      )}
    </>
  );
}
