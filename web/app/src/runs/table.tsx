/** Runs as a table, newest first. */
import type { RunRow } from "../functions/types.ts";
import { duration, STARTERS } from "../functions/words.ts";
import { address } from "../router.ts";
import { Ago } from "../ui/ago.tsx";
import { relative } from "../ui/time.ts";
import { StateMark } from "./state-mark.tsx";

const STARTS = { warm: "Warm", cold: "Cold", none: "–" } as const;

/** Show *rows*. */
export function RunTable({ rows }: { rows: readonly RunRow[] }) {
  return (
    <table class="table runs-table">
      <thead>
        <tr>
          <th scope="col">Function</th>
          <th scope="col">Ended</th>
          <th scope="col" class="wide-only">Set off by</th>
          <th scope="col" class="wide-only">Start</th>
          <th scope="col" class="number wide-only">Took</th>
          <th scope="col" class="number">When</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row }: { row: RunRow }) {
  const error = row.error ? `${row.error.type}: ${row.error.message}` : "";
  return (
    <tr>
      <td>
        <a class="row-link" data-row href={address("runs", row.id)} title={row.function}>
          {row.function}
        </a>{" "}
        <span class="text-muted run-version">{versionWords(row)}</span>
        {error && (
          <span class="under" dir="auto" title={error}>
            {error}
          </span>
        )}
      </td>
      <td>
        <StateMark state={row.state} />
      </td>
      <td class="wide-only text-muted">{STARTERS[row.trigger]}</td>
      <td class="wide-only text-muted">{STARTS[row.start]}</td>
      <td class="number wide-only">{duration(row.durationMs)}</td>
      <td class="number text-muted">
        <Ago at={row.startedAt} words={relative} />
      </td>
    </tr>
  );
}

/** Which version ran; one that was never deployed has no number. */
function versionWords(row: RunRow): string {
  return row.versionNumber === null ? "draft" : `v${row.versionNumber}`;
}
