/** The versions of a function: what changed between two, and the way back to one. */
import { useSignal } from "@preact/signals";

import { Ago } from "../../ui/ago.tsx";
import { useLoad } from "../../ui/load.ts";
import { Empty, Skeleton } from "../../ui/states.tsx";
import { relative } from "../../ui/time.ts";
import { readVersion, readVersions, rollBack, versionsPath } from "../functions.ts";
import { FunctionsProblem } from "../section.tsx";
import type { FunctionDetails, Release, VersionShown } from "../types.ts";
import { Comparison } from "./comparison.tsx";
import { FunctionFrame } from "./frame.tsx";
import { VersionsTable, WhatChanged } from "./versions-table.tsx";

/** Show the versions of a function, newest first. */
export function VersionsTab({ details }: { details: FunctionDetails }) {
  const { value, problem, retry } = useLoad(versionsPath(details.name), readVersions);
  const versions = value?.versions;
  return (
    <FunctionFrame name={details.name} tab="versions">
      <main class="content function-page">
        {problem && <FunctionsProblem problem={problem} retry={retry} />}
        {!problem && !versions && <Skeleton rows={5} shape="table" />}
        {versions?.length === 0 && (
          <Empty title="No versions yet" text="Every deploy makes one. None is ever changed, so each can be gone back to." />
        )}
        {versions && versions.length > 0 && (
          <>
            <Table name={details.name} versions={versions} again={retry} />
            <Releases releases={value.releases} />
            <Compare details={details} versions={versions} />
          </>
        )}
      </main>
    </FunctionFrame>
  );
}

function Table({ name, versions, again }: { name: string; versions: readonly VersionShown[]; again: () => void }) {
  const rows = versions.map((one) => ({
    id: one.id,
    number: one.number,
    isLive: one.current,
    at: one.deployedAt,
    by: one.deployedBy,
  }));
  return (
    <VersionsTable
      when="Deployed"
      rows={rows}
      rollBack={async ({ id }) => {
        await rollBack(name, id);
        again();
      }}
      consequences={({ number }) =>
        `Version ${number} of ${name} answers every call from then on. Your draft stays as it is, and no version is lost.`
      }
    />
  );
}

/** Who made which version count, when that was more than to deploy one after the other. */
function Releases({ releases }: { releases: readonly Release[] }) {
  if (releases.every((release) => release.kind === "deploy")) return null;
  return (
    <details class="more-fields releases">
      <summary>Who made which version live</summary>
      <ul>
        {releases.map((release) => (
          <li key={release.at}>
            {release.kind === "rollback" ? "Rolled back to" : "Deployed"} version {release.number}{" "}
            <span class="text-muted">
              by {release.by}, <Ago at={release.at} words={relative} />
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

const DRAFT = "draft";

function Compare({ details, versions }: { details: FunctionDetails; versions: readonly VersionShown[] }) {
  const hasDraft = details.draftSource !== null;
  const newest = hasDraft ? DRAFT : (versions[0]?.id ?? "");
  const older = versions[hasDraft ? 0 : 1]?.id ?? newest;
  const before = useSignal(older);
  const after = useSignal(newest);
  if (versions.length + (hasDraft ? 1 : 0) < 2) return null;
  const options: [string, string][] = versions.map((one) => [one.id, `Version ${one.number}`]);
  if (hasDraft) options.unshift([DRAFT, "The draft"]);
  return (
    <WhatChanged before={before} after={after} options={options}>
      <TwoSources details={details} before={before.value} after={after.value} />
    </WhatChanged>
  );
}

function TwoSources({ details, before, after }: { details: FunctionDetails; before: string; after: string }) {
  const path = (id: string): string | null =>
    id === DRAFT ? null : `${versionsPath(details.name)}/${encodeURIComponent(id)}`;
  const one = useLoad(path(before), readVersion);
  const other = useLoad(path(after), readVersion);
  const problem = one.problem ?? other.problem;
  const source = (id: string, found: typeof one): string | undefined =>
    id === DRAFT ? (details.draftSource ?? "") : found.value?.source;
  const [from, to] = [source(before, one), source(after, other)];
  if (problem) return <FunctionsProblem problem={problem} retry={one.problem ? one.retry : other.retry} />;
  if (from === undefined || to === undefined) return <Skeleton rows={6} shape="text" />;
  return <Comparison before={from} after={to} />;
}
