/** The list of chatflows: where each talks, whether it does, and how often it has. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

import { chatflowAddress, NEW_CHATFLOW } from "../router.ts";
import { sentences } from "../sites/words.ts";
import { Ago } from "../ui/ago.tsx";
import { useListKeys } from "../ui/list-keys.ts";
import { usePolled } from "../ui/poll.ts";
import { Empty, problemFrom } from "../ui/states.tsx";
import { relative } from "../ui/time.ts";
import { CHATFLOWS, enable, readFlows, type FlowListed } from "./chatflows.ts";
import { Section, Waiting } from "./section.tsx";

/** Every chatflow. */
export function ChatflowListPage() {
  const polled = usePolled(CHATFLOWS, readFlows);
  const { value: flows, again } = polled;
  const list = useRef<HTMLElement>(null);
  useListKeys(list);
  const isEmpty = flows?.length === 0;
  return (
    <Section
      title="Chatflows"
      action={
        flows &&
        !isEmpty && (
          <a class="button button-primary" href={NEW_CHATFLOW}>
            New chatflow
          </a>
        )
      }
    >
      <main class="content" ref={list}>
        <Waiting polled={polled} />
        {isEmpty && <NoChatflows />}
        {flows && !isEmpty && <Table flows={flows} onDone={again} />}
      </main>
    </Section>
  );
}

function NoChatflows() {
  return (
    <Empty
      title="No chatflows yet"
      text="A chatflow greets a visitor, asks what people would have to ask, and hands over. Without one, visitors go to people at once."
    >
      <a class="button button-primary" href={NEW_CHATFLOW}>
        New chatflow
      </a>
    </Empty>
  );
}

function Table({ flows, onDone }: { flows: readonly FlowListed[]; onDone: () => void }) {
  const problem = useSignal<Problem | null>(null);
  return (
    <>
      {problem.value && (
        <p class="notice" data-tone="warning" role="alert">
          {sentences(problem.value.message, problem.value.hint)} <code>{problem.value.code}</code>
        </p>
      )}
      <table class="table flows-table">
        <thead>
          <tr>
            <th scope="col">Chatflow</th>
            <th scope="col">Talks</th>
            <th scope="col" class="number">Runs</th>
            <th scope="col" class="number wide-only">Priority</th>
            <th scope="col" class="number wide-only">Version</th>
            <th scope="col" class="number wide-only">Changed</th>
          </tr>
        </thead>
        <tbody>
          {flows.map((flow) => (
            <Row
              key={flow.name}
              flow={flow}
              onSwitch={async () => {
                problem.value = null;
                try {
                  await enable(flow.name, !flow.enabled);
                } catch (error) {
                  problem.value = problemFrom(error);
                }
                onDone();
              }}
            />
          ))}
        </tbody>
      </table>
    </>
  );
}

function Row({ flow, onSwitch }: { flow: FlowListed; onSwitch: () => Promise<void> }) {
  const busy = useSignal(false);
  return (
    <tr>
      <td>
        <span class="function-name">
          <a class="row-link" data-row href={chatflowAddress(flow.name)} title={flow.name}>
            {flow.name}
          </a>
          {flow.version === 0 ? <span class="badge">Not published</span> : flow.hasDraft && <span class="badge">Draft</span>}
        </span>
        <span class="under">in {flow.inbox}</span>
      </td>
      <td class="flow-switch">
        {flow.version > 0 && (
          <Switch
            label={`${flow.name} talks to visitors`}
            isOn={flow.enabled}
            disabled={busy.value}
            onChange={() => {
              busy.value = true;
              void onSwitch().finally(() => (busy.value = false));
            }}
          />
        )}
      </td>
      <td class="number">{flow.runs.toLocaleString()}</td>
      <td class="number wide-only text-muted">{flow.priority}</td>
      <td class="number wide-only text-muted">{flow.version || "None"}</td>
      <td class="number wide-only text-muted">
        <Ago at={flow.updatedAt} words={relative} />
      </td>
    </tr>
  );
}

/** On or off, at once. */
export function Switch(props: { label: string; isOn: boolean; disabled?: boolean; onChange: () => void }) {
  return (
    <button
      type="button"
      class="switch"
      role="switch"
      aria-checked={props.isOn}
      aria-label={props.label}
      disabled={props.disabled ?? false}
      onClick={props.onChange}
    >
      <span class="switch-mark" aria-hidden="true" />
      <span aria-hidden="true">{props.isOn ? "On" : "Off"}</span>
    </button>
  );
}
