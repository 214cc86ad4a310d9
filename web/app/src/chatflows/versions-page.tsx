/** What was published of a chatflow, the way back to it, and the end of it all. */
import { useSignal } from "@preact/signals";

import { Ask } from "../functions/page/ask.tsx";
import { Comparison } from "../functions/page/comparison.tsx";
import { VersionsTable, WhatChanged } from "../functions/page/versions-table.tsx";
import { address, chatflowAddress, navigate } from "../router.ts";
import { session } from "../session/session.ts";
import { useLoad } from "../ui/load.ts";
import { Empty, Skeleton } from "../ui/states.tsx";
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
  const rows = versions.map((one, index) => ({
    id: String(one.version),
    number: one.version,
    isLive: index === 0,
    at: one.publishedAt,
    by: whoWords(one.publishedBy, session.value?.agent.id),
  }));
  return (
    <VersionsTable
      when="Published"
      rows={rows}
      rollBack={async ({ number }) => {
        await rollBack(name, number);
        again();
      }}
      consequences={({ number }) =>
        `What version ${number} says is published again, as a new version. Talks that have begun go on with theirs. A draft that is not published is lost.`
      }
    />
  );
}

function Changes({ versions }: { versions: readonly Version[] }) {
  const before = useSignal(String(versions[1]?.version));
  const after = useSignal(String(versions[0]?.version));
  const options = versions.map((one) => [String(one.version), `Version ${one.version}`] as const);
  const source = (number: string): string =>
    JSON.stringify(versions.find((one) => String(one.version) === number)?.document, null, 2);
  return (
    <WhatChanged before={before} after={after} options={options}>
      <Comparison before={source(before.value)} after={source(after.value)} />
    </WhatChanged>
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
