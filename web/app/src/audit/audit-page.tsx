/** The audit log: who looked at whom, who changed what, and whether the log is whole. */
import { useEffect, useMemo } from "preact/hooks";

import { DeskProblem, DeskSection } from "../inboxes/section.tsx";
import { address, navigate, query } from "../router.ts";
import "../styles/audit.css";
import { Ago } from "../ui/ago.tsx";
import { Empty, Skeleton } from "../ui/states.tsx";
import { relative } from "../ui/time.ts";
import { actionWords, detailWords, filterOf, searchOf, thingWords, type AuditFilter, type AuditRow } from "./filter.ts";
import { Filters } from "./filters.tsx";
import { AuditLog } from "./log.ts";
import { Chain } from "./chain.tsx";
import { actorWords } from "./who.ts";

/** Show the log, as far as the address narrows it down. */
export function AuditPage() {
  const filter = filterOf(query.value);
  const search = searchOf(filter);
  const log = useMemo(() => new AuditLog(filterOf(search)), [search]);
  useEffect(() => {
    void log.read();
    return () => {
      log.close();
    };
  }, [log]);
  return (
    <DeskSection title="Audit">
      <main class="content desk-list audit">
        <p class="text-muted desk-intro">
          Who looked at whom, and who changed what. Each row holds the hash of the one before it, so that none can be changed or
          removed unseen. It tells ids and counts, never what people said.
        </p>
        <Chain />
        <Filters filter={filter} />
        <Rows log={log} isNarrow={search !== ""} filter={filter} />
      </main>
    </DeskSection>
  );
}

function Rows({ log, isNarrow, filter }: { log: AuditLog; isNarrow: boolean; filter: AuditFilter }) {
  const rows = log.rows.value;
  const problem = log.problem.value;
  if (!rows && problem) return <DeskProblem problem={problem} retry={() => void log.read()} />;
  if (!rows) return <Skeleton rows={8} shape="table" />;
  if (rows.length === 0) return <Nothing isNarrow={isNarrow} />;
  return (
    <>
      <Table rows={rows} filter={filter} />
      {problem && <DeskProblem problem={problem} retry={() => void log.read()} />}
      {log.next.value !== null && !problem && (
        <button type="button" class="button more" disabled={log.isReading.value} onClick={() => void log.read()}>
          Load more
        </button>
      )}
    </>
  );
}

function Nothing({ isNarrow }: { isNarrow: boolean }) {
  if (!isNarrow) {
    return <Empty title="Nothing is written down yet" text="The first look at a contact or a conversation begins the log." />;
  }
  return (
    <Empty title="Nothing matches" text="No row is of this person, this kind and this time.">
      <a class="button" href={address("audit")}>
        Show everything
      </a>
    </Empty>
  );
}

function Table({ rows, filter }: { rows: readonly AuditRow[]; filter: AuditFilter }) {
  return (
    <table class="table audit-table">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Who</th>
          <th scope="col" class="wide-only">
            Detail
          </th>
          <th scope="col" class="number wide-only">
            Row
          </th>
          <th scope="col" class="number">
            When
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.seq}>
            <td>
              {actionWords(row.action)} <Thing row={row} />
            </td>
            <td>
              <button
                type="button"
                class="text-button audit-who"
                title="Show only what they did"
                onClick={() => {
                  navigate(address("audit") + searchOf({ ...filter, who: row.whoId }));
                }}
              >
                {capital(actorWords(row.whoKind, row.whoId))}
              </button>
            </td>
            <td class="wide-only text-muted" title={detailWords(row.detail)}>
              {detailWords(row.detail)}
            </td>
            <td class="number wide-only text-muted" title={`Hash ${row.hash}`}>
              {row.seq}
            </td>
            <td class="number text-muted">
              <Ago at={row.at} words={relative} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What it was done to, as a link where there is a page of it. */
function Thing({ row }: { row: AuditRow }) {
  const page = row.kind === "contact" ? "contacts" : row.kind === "conversation" ? "inbox" : row.kind === "inbox" ? "inboxes" : null;
  if (page === null || row.id === "all" || row.action === "erased") return <>{thingWords(row)}</>;
  return (
    <a class="quiet-link" href={address(page, row.id)}>
      {thingWords(row)}
    </a>
  );
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
