/** One run: how it ended, what went in and came out, what it wrote and called; and to run it again. */
import type { Problem } from "@callingcard/kit/request.ts";
import { ArrowLeft } from "lucide";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { Ask } from "../functions/page/ask.tsx";
import { JsonTree } from "../functions/run/json-tree.tsx";
import { RunReport } from "../functions/run/run-report.tsx";
import { FunctionsProblem, Section } from "../functions/section.tsx";
import type { RunShown } from "../functions/types.ts";
import { moment, STARTERS } from "../functions/words.ts";
import { address, functionAddress, lineAddress, navigate, runsAddress } from "../router.ts";
import { session } from "../session/session.ts";
import { Ago } from "../ui/ago.tsx";
import { Icon } from "../ui/icon.tsx";
import { poll } from "../ui/poll.ts";
import { problemFrom, Skeleton } from "../ui/states.tsx";
import { whoWords } from "../ui/who.ts";
import { readRun, replayRun, runPath } from "./runs.ts";
import { extraFacts } from "./words.ts";

/** Show the run *id*. */
export function RunPage({ id }: { id: string }) {
  const { run, problem, retry } = useRun(id);
  return (
    <Section title="Run" tabTitle={run ? `${run.function}, run` : "Run"} action={run && <Replay run={run} />}>
      <main class="content site-page">
        <a class="back-link" href={run ? runsAddress(run.function) : address("runs")}>
          <Icon node={ArrowLeft} size={16} /> {run ? `Runs of ${run.function}` : "Runs"}
        </a>
        {problem && <FunctionsProblem problem={problem} retry={retry} />}
        {!problem && !run && <Skeleton rows={6} shape="text" />}
        {run && (
          <div class="sheet">
            <Facts run={run} />
            <div class="sheet-main run-page">
              <div class="run-panel">
                <RunReport
                  run={run}
                  sensitive={[]}
                  goTo={(line) => {
                    navigate(lineAddress(run.function, line));
                  }}
                />
              </div>
              <Input run={run} />
            </div>
          </div>
        )}
      </main>
    </Section>
  );
}

/** Read a run, and again as long as it is running. */
function useRun(id: string): { run: RunShown | null; problem: Problem | null; retry: () => void } {
  const [run, setRun] = useState<RunShown | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(
    () =>
      poll(async (signal) => {
        try {
          const found = await readRun(runPath(id), signal);
          if (!signal.aborted) setRun(found);
          return found.state === "running";
        } catch (error) {
          if (!signal.aborted) setProblem(problemFrom(error));
          return false;
        }
      }, 2000),
    [id, tries],
  );
  return {
    run,
    problem,
    retry: () => {
      setProblem(null);
      setTries((before) => before + 1);
    },
  };
}

function Facts({ run }: { run: RunShown }) {
  const version = run.versionNumber === null ? "A draft" : `Version ${run.versionNumber}`;
  return (
    <section class="card" aria-label="About this run">
      <h2 class="card-name">
        <a class="quiet-link" href={functionAddress(run.function)}>
          {run.function}
        </a>
      </h2>
      <dl class="properties site-facts">
        <Fact name="Started">
          <Ago at={run.startedAt} words={(then) => moment(then)} />
        </Fact>
        <Fact name="Set off by">{STARTERS[run.trigger]}</Fact>
        <Fact name="Ran">
          {run.versionNumber === null ? (
            version
          ) : (
            <a class="quiet-link" href={functionAddress(run.function, "versions")}>
              {version}
            </a>
          )}
        </Fact>
        {run.replayOf && (
          <Fact name="Replay of">
            <a class="quiet-link" href={address("runs", run.replayOf)}>
              {run.replayOf}
            </a>
          </Fact>
        )}
        {extraFacts(run.extra).map(([name, text]) => (
          <Fact key={name} name={name}>
            {whoWords(text, session.value?.agent.id)}
          </Fact>
        ))}
        {run.fingerprint && (
          <Fact name="Alert">
            <a class="quiet-link" href={address("alerts")}>
              See its group
            </a>
          </Fact>
        )}
      </dl>
      <p class="help run-redacted">
        What looks like a secret or says who somebody is was left out before this was kept, and stands as{" "}
        <code>[redacted]</code>.
      </p>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Input({ run }: { run: RunShown }) {
  const isEmpty = run.input === null || (typeof run.input === "object" && Object.keys(run.input).length === 0);
  return (
    <section class="run-panel run-input" aria-labelledby="run-input">
      <h3 class="plot-title" id="run-input">
        Input
      </h3>
      {isEmpty ? <p class="text-muted">It was given nothing.</p> : <JsonTree value={run.input} sensitive={[]} />}
    </section>
  );
}

/** Runs the function again with what this run was given. */
function Replay({ run }: { run: RunShown }) {
  // One key for one intent: a second click, or a try after a lost answer, does not run it twice.
  const intent = useMemo(() => crypto.randomUUID(), [run.id]);
  const key = useRef(intent);
  if (run.state === "running") return null;
  return (
    <Ask
      label="Replay"
      about={`this run of ${run.function}`}
      question={`Run ${run.function} again?`}
      act={async () => {
        const made = await replayRun(run.id, key.current);
        key.current = crypto.randomUUID();
        navigate(address("runs", made.id));
      }}
    >
      <p>
        The version that is live now runs once, with the true input of this run. What it calls is really called: a message
        it sends is sent again.
      </p>
    </Ask>
  );
}
