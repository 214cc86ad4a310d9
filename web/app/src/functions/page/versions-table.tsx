/** Versions in a table, newest first: which one is live, and the way back to the others. */
import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";

import { SelectField } from "../../sites/form/fields.tsx";
import { Ago } from "../../ui/ago.tsx";
import { relative } from "../../ui/time.ts";
import { Ask } from "./ask.tsx";

/** A version as a row. */
export interface VersionRow {
  id: string;
  number: number;
  isLive: boolean;
  at: string;
  by: string;
}

/** The table; *when* heads the times, *consequences* says what comes of rolling back to a row. */
export function VersionsTable(props: {
  when: string;
  rows: readonly VersionRow[];
  rollBack: (row: VersionRow) => Promise<void>;
  consequences: (row: VersionRow) => ComponentChildren;
}) {
  return (
    <table class="table versions-table">
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">{props.when}</th>
          <th scope="col" class="wide-only">By</th>
          <th scope="col" class="versions-act">
            <span class="sr-only">Roll back</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row) => (
          <tr key={row.id}>
            <td>
              <strong>{row.number}</strong> {row.isLive && <span class="badge">Live</span>}
            </td>
            <td class="text-muted">
              <Ago at={row.at} words={relative} />
            </td>
            <td class="wide-only text-muted">{row.by}</td>
            <td class="versions-act">
              {!row.isLive && (
                <Ask
                  label="Roll back"
                  about={`to version ${row.number}`}
                  look="text-button"
                  question={`Roll back to version ${row.number}?`}
                  act={() => props.rollBack(row)}
                >
                  <p>{props.consequences(row)}</p>
                </Ask>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Which two are compared; *children* compares them. */
export function WhatChanged(props: {
  before: Signal<string>;
  after: Signal<string>;
  options: readonly (readonly [string, string])[];
  children: ComponentChildren;
}) {
  const { before, after, options } = props;
  return (
    <section class="site-section compare" aria-labelledby="compare">
      <h2 class="site-section-title" id="compare">
        What changed
      </h2>
      <div class="compare-choice">
        <SelectField label="From" value={before.value} options={options} onChange={(id) => { before.value = id; }} />
        <SelectField label="To" value={after.value} options={options} onChange={(id) => { after.value = id; }} />
      </div>
      {props.children}
    </section>
  );
}
