/** What a function keeps between runs: how much, and which entries; never what is in them. */
import { signal } from "@preact/signals";
import { useMemo, useState } from "preact/hooks";

import { Ago } from "../../ui/ago.tsx";
import { useLoad } from "../../ui/load.ts";
import { Empty, Skeleton } from "../../ui/states.tsx";
import { deleteEntry, readStorage, storagePath } from "../functions.ts";
import { FunctionsProblem } from "../section.tsx";
import type { FunctionDetails, StorageEntry, StoragePage } from "../types.ts";
import { count, keyText, moment, size } from "../words.ts";
import { Ask } from "./ask.tsx";
import { FunctionFrame } from "./frame.tsx";

/** Show the namespaces and the entries of a function. */
export function StorageTab({ details }: { details: FunctionDetails }) {
  const prefix = useMemo(() => signal(""), []);
  return (
    <FunctionFrame name={details.name} tab="storage">
      <main class="content function-page">
        <form
          class="storage-search"
          onSubmit={(event) => {
            event.preventDefault();
            prefix.value = event.currentTarget.querySelector("input")?.value ?? "";
          }}
        >
          <label class="field">
            Keys that begin with
            <input class="input" spellcheck={false} autocomplete="off" aria-describedby="storage-help" />
          </label>
          <button type="submit" class="button">
            Find
          </button>
          <p class="help" id="storage-help">
            Keys that are lists begin with a bracket, as in <code>[&quot;token&quot;</code>
          </p>
        </form>
        <Pages key={prefix.value} name={details.name} prefix={prefix.value} />
      </main>
    </FunctionFrame>
  );
}

/** The pages read so far, each by the cursor that leads to it. */
function Pages({ name, prefix }: { name: string; prefix: string }) {
  const [cursors, setCursors] = useState<(string | null)[]>([null]);
  const [turn, setTurn] = useState(0);
  return (
    <div class="storage" key={turn}>
      {cursors.map((cursor, index) => (
        <PageOf
          key={cursor ?? ""}
          {...{ name, prefix, cursor }}
          isFirst={index === 0}
          isLast={index === cursors.length - 1}
          more={(next) => {
            setCursors((before) => [...before, next]);
          }}
          again={() => {
            setCursors([null]);
            setTurn((before) => before + 1);
          }}
        />
      ))}
    </div>
  );
}

function PageOf(props: {
  name: string;
  prefix: string;
  cursor: string | null;
  isFirst: boolean;
  isLast: boolean;
  more: (next: string) => void;
  again: () => void;
}) {
  const { name, prefix, cursor, isFirst, isLast, more, again } = props;
  const { value, problem, retry } = useLoad(storagePath(name, { namespace: "", prefix, cursor }), readStorage);
  if (problem) return <FunctionsProblem problem={problem} retry={retry} />;
  if (!value) return <Skeleton rows={4} shape="table" />;
  const { entries, next } = value;
  return (
    <>
      {isFirst && <Namespaces page={value} />}
      {isFirst && entries.length === 0 && <Nothing isSearch={prefix !== ""} />}
      {entries.length > 0 && <Entries {...{ name, entries, again }} hasHead={isFirst} />}
      {isLast && next !== null && (
        <button
          type="button"
          class="button more"
          onClick={() => {
            more(next);
          }}
        >
          Load more
        </button>
      )}
    </>
  );
}

function Nothing({ isSearch }: { isSearch: boolean }) {
  if (isSearch) return <Empty title="No such key" text="Keys are compared from their beginning, letter by letter." />;
  return (
    <Empty
      title="Nothing is kept"
      text="What a function keeps with storage outlives its runs: a token until it ends, a count, a position."
    />
  );
}

function Namespaces({ page }: { page: StoragePage }) {
  if (page.namespaces.length === 0) return null;
  return (
    <ul class="namespaces">
      {page.namespaces.map((one) => (
        <li key={one.name}>
          <strong dir="auto">{one.name}</strong>
          <span>{count(one.entries, "entry", "entries")}</span>
          <span class="text-muted">
            {size(one.bytes)} of {size(one.limitBytes)}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Entries(props: { name: string; entries: readonly StorageEntry[]; hasHead: boolean; again: () => void }) {
  const { name, entries, hasHead, again } = props;
  return (
    <table class="table storage-table">
      <thead class={hasHead ? "" : "sr-only"}>
        <tr>
          <th scope="col">Key</th>
          <th scope="col" class="wide-only">Namespace</th>
          <th scope="col">Until</th>
          <th scope="col" class="number wide-only">Size</th>
          <th scope="col" class="storage-act">
            <span class="sr-only">Delete</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
            <tr key={idOf(entry)}>
              <td title={keyText(entry.key)}>
                <code dir="auto">{keyText(entry.key)}</code>
                {entry.leased && <span class="badge">Being made</span>}
              </td>
              <td class="wide-only text-muted">{entry.namespace}</td>
              <td class="text-muted">{entry.expiresAt ? <Ago at={entry.expiresAt} words={(then) => moment(then)} /> : "For ever"}</td>
              <td class="number wide-only">{size(entry.bytes)}</td>
              <td class="storage-act">
                <Ask
                  label="Delete"
                  about={keyText(entry.key)}
                  look="text-button"
                  question="Delete this entry?"
                  isDanger
                  act={async () => {
                    await deleteEntry(name, entry.namespace, entry.key);
                    again();
                  }}
                >
                  <p>
                    <code>{keyText(entry.key)}</code> in {entry.namespace}. The function makes it anew when it needs it,
                    or does without.
                  </p>
                </Ask>
              </td>
            </tr>
        ))}
      </tbody>
    </table>
  );
}

function idOf(entry: StorageEntry): string {
  return JSON.stringify([entry.namespace, entry.key]);
}
