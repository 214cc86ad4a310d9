/** How a deploy is getting on, and how it ended. */
import { X } from "lucide";
import type { ComponentChildren } from "preact";

import { functionAddress } from "../../router.ts";
import { sentences } from "../../sites/words.ts";
import { Icon } from "../../ui/icon.tsx";
import type { Deploying } from "../types.ts";
import { versionNumber } from "./deploys.ts";
import type { Writing } from "./writing.ts";

/** Show the last deploy of *writing*, if there was one. */
export function DeployPanel({ writing, goTo }: { writing: Writing; goTo: (line: number) => void }) {
  const state = writing.deploy.value;
  const close = (): void => {
    writing.deploy.value = { kind: "none" };
  };
  return (
    <div class="deploy" role="status">
      {state.kind === "going" && <Steps now={state.now} />}
      {state.kind === "ended" && state.now.state === "done" && (
        <Notice tone="good" close={close}>
          <p>
            Version {versionNumber(state.now) ?? writing.live.value} is live.{" "}
            <a class="quiet-link" href={functionAddress(writing.name, "triggers")}>
              How to call it
            </a>
          </p>
        </Notice>
      )}
      {state.kind === "ended" && state.now.state === "failed" && (
        <Notice tone="danger" close={close}>
          <Refused error={state.now.error} live={writing.live.value} goTo={goTo} />
        </Notice>
      )}
      {state.kind === "lost" && (
        <Notice tone="danger" close={close}>
          <p>
            {sentences(state.problem.message, state.problem.hint)} <code>{state.problem.code}</code>
          </p>
        </Notice>
      )}
    </div>
  );
}

/** Why a deploy came to nothing, and what goes on running. */
function Refused(props: { error: Deploying["error"]; live: number | null; goTo: (line: number) => void }) {
  const { error, live, goTo } = props;
  return (
    <>
      <p>
        <strong>It was not deployed.</strong> {sentences(error?.message ?? "", error?.hint ?? "")}{" "}
        {error?.line && <Line line={error.line} goTo={goTo} />}
      </p>
      <p class="help">{live === null ? "Nothing is live yet." : `Version ${live} is live as before.`}</p>
    </>
  );
}

function Steps({ now }: { now: Deploying | null }) {
  const steps = now?.steps ?? [];
  return (
    <div class="notice">
      <p>
        <strong>Deploying</strong>
      </p>
      <ol class="deploy-steps">
        {steps.map((step, index) => (
          <li key={step.at + step.name + step.message} aria-current={index === steps.length - 1 ? "step" : undefined}>
            {step.message}
          </li>
        ))}
      </ol>
    </div>
  );
}

function Line({ line, goTo }: { line: number; goTo: (line: number) => void }) {
  return (
    <button
      type="button"
      class="text-button"
      onClick={() => {
        goTo(line);
      }}
    >
      Go to line {line}
    </button>
  );
}

function Notice({ tone, close, children }: { tone: "good" | "danger"; close: () => void; children: ComponentChildren }) {
  return (
    <div class="notice notice-row" data-tone={tone}>
      <div class="grow">{children}</div>
      <button type="button" class="icon-button" aria-label="Close" onClick={close}>
        <Icon node={X} size={16} />
      </button>
    </div>
  );
}
