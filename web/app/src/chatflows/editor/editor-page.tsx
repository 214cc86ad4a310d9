/** Changes a chatflow: its greeting, for whom it is, its steps; and shows what visitors would see. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";

import { PROPERTIES, readProperties } from "../../conditions/properties.ts";
import { FUNCTIONS, readFunctions } from "../../functions/functions.ts";
import { INBOXES, readInboxes } from "../../inboxes/inboxes.ts";
import { chatflowAddress } from "../../router.ts";
import { sentences } from "../../sites/words.ts";
import { HOURS, readHours, readTeams, TEAMS } from "../../teams/teams.ts";
import { useLoad } from "../../ui/load.ts";
import { problemFrom, Skeleton } from "../../ui/states.tsx";
import { enable, flowPath, readFlow, type FlowDetail } from "../chatflows.ts";
import { ChatflowFrame } from "../frame.tsx";
import { Switch } from "../list-page.tsx";
import { SectionProblem } from "../section.tsx";
import { useEditing, type Editing, type Offers } from "./editing.ts";
import { FlowFields } from "./flow-fields.tsx";
import { Preview } from "./preview/preview.tsx";
import { SaveBar } from "./save-bar.tsx";
import { Steps } from "./steps.tsx";

/** The editor of the chatflow *name*. */
export function EditorPage({ name }: { name: string }) {
  const flow = useLoad(flowPath(name), readFlow);
  const properties = useLoad(PROPERTIES, readProperties);
  const lists = useLists();
  const problem = flow.problem ?? properties.problem;
  if (!flow.value || !properties.value) {
    return (
      <ChatflowFrame name={name} tab="editor">
        <main class="content site-page">
          {problem ? (
            <SectionProblem problem={problem} retry={flow.problem ? flow.retry : properties.retry} />
          ) : (
            <Skeleton rows={6} shape="text" />
          )}
        </main>
      </ChatflowFrame>
    );
  }
  return <Editor detail={flow.value} offers={{ ...lists, properties: properties.value }} />;
}

/** What only fills lists to choose from: without it, a name that is there already stays. */
function useLists(): Omit<Offers, "properties"> {
  const functions = useLoad(FUNCTIONS, readFunctions);
  const teams = useLoad(TEAMS, readTeams);
  const hours = useLoad(HOURS, readHours);
  const inboxes = useLoad(INBOXES, readInboxes);
  return {
    functions: functions.value?.map((one) => one.name) ?? [],
    teams: teams.value?.map((one) => one.name) ?? [],
    hours: hours.value?.map((one) => one.name) ?? [],
    inboxes: inboxes.value?.map((one) => [one.name, `${one.title} (${one.name})`] as const) ?? [],
  };
}

function Editor({ detail, offers }: { detail: FlowDetail; offers: Offers }) {
  const editing = useEditing(detail, offers);
  return (
    <ChatflowFrame name={detail.name} tab="editor" action={<Talking editing={editing} />}>
      <main class="content site-page">
        <div class="sheet flow-sheet">
          <form
            class="form site-form flow-form"
            noValidate
            autocomplete="off"
            onSubmit={(event) => {
              event.preventDefault();
            }}
          >
            <State editing={editing} />
            <FlowFields editing={editing} />
            <Steps editing={editing} />
            <SaveBar editing={editing} />
          </form>
          <Preview editing={editing} />
        </div>
      </main>
    </ChatflowFrame>
  );
}

/** What visitors get now, when that is not what is on the page. */
function State({ editing: { detail } }: { editing: Editing }) {
  const { version, hasDraft, enabled, name } = detail;
  if (version === 0) return <p class="notice">Visitors do not get this chatflow yet. Publish it when it is ready.</p>;
  if (!hasDraft && enabled) return null;
  return (
    <p class="notice">
      {hasDraft && (
        <>
          This is the draft. Visitors get{" "}
          <a class="quiet-link" href={chatflowAddress(name, "versions")}>
            version {version}
          </a>
          .{" "}
        </>
      )}
      {!enabled && "This chatflow is switched off."}
    </p>
  );
}

/** Whether it talks to visitors; that counts at once. */
function Talking({ editing }: { editing: Editing }) {
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const { detail } = editing;
  if (detail.version === 0) return null;
  async function turn(): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      editing.switched(await enable(detail.name, !detail.enabled));
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <>
      {problem.value && (
        <p class="form-error flow-switch-problem" role="alert">
          {sentences(problem.value.message)}
        </p>
      )}
      <Switch label="Talks to visitors" isOn={detail.enabled} disabled={busy.value} onChange={() => void turn()} />
    </>
  );
}
