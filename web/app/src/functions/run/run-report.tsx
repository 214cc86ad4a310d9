/** One run: how it ended, what it returned, what it wrote, and what it called. */
import { CircleCheck, CircleDashed, CircleX } from "lucide";
import type { ComponentChildren } from "preact";

import { address } from "../../router.ts";
import { sentences } from "../../sites/words.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { Icon } from "../../ui/icon.tsx";
import type { Json, RunFrame, RunShown } from "../types.ts";
import { duration, REMEDIES, size, STATES } from "../words.ts";
import { Calls } from "./calls.tsx";
import { JsonTree } from "./json-tree.tsx";

/** Show *run*; where its source is at hand, *goTo* leads to a line of it. */
export function RunReport(props: { run: RunShown; sensitive: readonly string[]; goTo?: (line: number) => void }) {
  const { run, sensitive, goTo } = props;
  const value = run.result === undefined ? run.output : run.result;
  return (
    <div class="run-report">
      <Head run={run} />
      {run.error && <RunError run={run} {...(goTo ? { goTo } : {})} />}
      {run.state === "succeeded" && (
        <Part title="Result" copy={value === null ? "" : plain(value)}>
          <JsonTree value={value} sensitive={sensitive} />
        </Part>
      )}
      <Part title="Log" copy={run.log}>
        {run.log ? (
          <pre class="code run-log" dir="ltr" tabIndex={0} aria-label="Log">
            {run.log}
          </pre>
        ) : (
          <p class="text-muted">Nothing. What it prints is here.</p>
        )}
      </Part>
      <Part title="Calls">
        {run.calls.length > 0 ? (
          <Calls calls={run.calls} totalMs={run.durationMs} />
        ) : (
          <p class="text-muted">None. Calls to connectors and storage are here.</p>
        )}
      </Part>
    </div>
  );
}

function Head({ run }: { run: RunShown }) {
  const look = run.state === "succeeded" ? "ok" : run.state === "running" ? "unknown" : "trouble";
  const icon = { ok: CircleCheck, unknown: CircleDashed, trouble: CircleX }[look];
  return (
    <div class="run-head">
      <h2 class="run-state">
        <span class="health" data-state={look}>
          <Icon node={icon} size={16} />
          <span>{STATES[run.state]}</span>
        </span>
      </h2>
      <dl class="run-facts">
        <Fact name="Took" text={duration(run.durationMs)} />
        {run.queueMs >= 1 && <Fact name="Waited" text={duration(run.queueMs)} />}
        <Fact name="CPU" text={duration(run.cpuMs)} />
        {run.memoryBytes > 0 && <Fact name="Memory" text={size(run.memoryBytes)} />}
        {run.start !== "none" && <Fact name="Start" text={run.start === "warm" ? "Warm" : "Cold"} />}
        <div>
          <dt>Run</dt>
          <dd>
            <a class="quiet-link" href={address("runs", run.id)}>
              {run.id}
            </a>
          </dd>
        </div>
      </dl>
    </div>
  );
}

function Fact({ name, text }: { name: string; text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{text}</dd>
    </div>
  );
}

function Part({ title, copy = "", children }: { title: string; copy?: string; children: ComponentChildren }) {
  return (
    <section class="run-part">
      <div class="run-part-head">
        <h3 class="plot-title">{title}</h3>
        {copy && <CopyButton text={copy} what={`the ${title.toLowerCase()}`} />}
      </div>
      {children}
    </section>
  );
}

function RunError({ run, goTo }: { run: RunShown; goTo?: (line: number) => void }) {
  const remedy = REMEDIES[run.state];
  return (
    <section class="run-error" aria-label="Error">
      <p>
        <strong>{run.error?.type}</strong> <span dir="auto">{run.error?.message}</span>
      </p>
      {remedy && <p>{sentences(remedy)}</p>}
      {run.frames.length > 0 && (
        <ol class="frames" dir="ltr">
          {run.frames.map((frame, index) => (
            <li key={index}>
              <p>
                <Where frame={frame} {...(goTo ? { goTo } : {})} /> in <code>{frame.function}</code>
              </p>
              {frame.text && <code class="frame-text">{frame.text}</code>}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** A line; one of the function's own file leads there. */
function Where({ frame, goTo }: { frame: RunFrame; goTo?: (line: number) => void }) {
  if (frame.module !== "main") {
    return (
      <span class="text-muted">
        {frame.module}, line {frame.line}
      </span>
    );
  }
  if (!goTo) return <span>Line {frame.line}</span>;
  return (
    <button
      type="button"
      class="text-button"
      onClick={() => {
        goTo(frame.line);
      }}
    >
      Line {frame.line}
    </button>
  );
}

function plain(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
