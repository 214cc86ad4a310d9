/** What was published of a chatflow, the way back to it, and the end of it all. */
import { useSignal } from "@preact/signals";

import { Ask } from "../functions/page/ask.tsx";
import { Comparison } from "../functions/page/comparison.tsx";
import { address, chatflowAddress, navigate } from "../router.ts";
import { session } from "../session/session.ts";
import { SelectField } from "../sites/form/fields.tsx";
import { Ago } from "../ui/ago.tsx";
import { useLoad } from "../ui/load.ts";
import { Empty, Skeleton } from "../ui/states.tsx";
import { relative } from "../ui/time.ts";
import { whoWords } from "../ui/who.ts";
import { deleteFlow, readVersions, rollBack, versionsPath, type Version } from "./chatflows.ts";
import { ChatflowFrame } from "./frame.tsx";
import { SectionProblem } from "./section.tsx";

/** Show the versions of the chatflow *name*, newest first. */
export function VersionsPage({ name }: { name: string }) {
  const { value: versions, problem, retry } = useLoad(versionsPath(name), readVersions);
  return (
    <ChatflowFrame name={name} tab="versions">
      <main class="content function-page flow-versions">
        {problem && <SectionProblem problem={problem} retry={retry} />}
        {!problem && !versions && <Skeleton rows={5} shape="table" />}
        {versions?.length === 0 && (
          <Empty title="Not published yet" text="Every publication makes a version. None is ever changed, so each can be gone back to." />
        )}
        {versions && versions.length > 0 && <Table name={name} versions={versions} again={retry} />}
        {versions && versions.length > 1 && <Changes versions={versions} />}
        {versions && <Deleting name={name} />}
      </main>
    </ChatflowFrame>
  );
}

function Table({ name, versions, again }: { name: string; versions: readonly Version[]; again: () => void }) {
  return (
    <table class="table versions-table">
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Published</th>
          <th scope="col" class="wide-only">By</th>
          <th scope="col" class="versions-act">
            <span class="sr-only">Roll back</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {versions.map((one, index) => (
          <tr key={one.version}>
            <td>
              <strong>{one.version}</strong> {index === 0 && <span class="badge">Live</span>}
            </td>
            <td class="text-muted">
              <Ago at={one.publishedAt} words={relative} />
            </td>
            <td class="wide-only text-muted">{whoWords(one.publishedBy, session.value?.agent.id)}</td>
            <td class="versions-act">
              {index > 0 && (
                <Ask
                  label="Roll back"
                  about={`to version ${one.version}`}
                  look="text-button"
                  question={`Roll back to version ${one.version}?`}
                  act={async () => {
                    await rollBack(name, one.version);
                    again();
                  }}
                >
                  <p>
                    What version {one.version} says is published again, as a new version. Talks that have begun go on
                    with theirs. A draft that is not published is lost.
                  </p>
                </Ask>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Changes({ versions }: { versions: readonly Version[] }) {
  const before = useSignal(String(versions[1]?.version));
  const after = useSignal(String(versions[0]?.version));
  const options = versions.map((one) => [String(one.version), `Version ${one.version}`] as const);
  const source = (number: string): string =>
    JSON.stringify(versions.find((one) => String(one.version) === number)?.document, null, 2);
  return (
    <section class="site-section compare" aria-labelledby="compare">
      <h2 class="site-section-title" id="compare">
        What changed
      </h2>
      <div class="compare-choice">
        <SelectField label="From" value={before.value} options={options} onChange={(number) => { before.value = number; }} />
        <SelectField label="To" value={after.value} options={options} onChange={(number) => { after.value = number; }} />
      </div>
      <Comparison before={source(before.value)} after={source(after.value)} />
    </section>
  );
}

function Deleting({ name }: { name: string }) {
  return (
    <section class="site-section" aria-labelledby="deleting">
      <h2 class="site-section-title" id="deleting">
        Delete this chatflow
      </h2>
      <p class="text-muted text-sm">
        Talks that run with it hand over to people. To only keep it silent, switch it off in the{" "}
        <a class="quiet-link" href={chatflowAddress(name)}>
          editor
        </a>
        .
      </p>
      <p>
        <Ask
          label="Delete"
          about={name}
          question={`Delete ${name}?`}
          isDanger
          act={async () => {
            await deleteFlow(name);
            navigate(address("chatflows"));
          }}
        >
          <p>Its versions and its draft are deleted too. This cannot be taken back.</p>
        </Ask>
      </p>
    </section>
  );
}
