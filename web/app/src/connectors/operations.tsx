/** What a connector can do, as a table; long ones can be searched. */
import { useState } from "preact/hooks";

import { count } from "../functions/words.ts";
import { Breakable } from "../ui/breakable.tsx";
import type { Connector, Operation } from "./connectors.ts";

const MANY = 50; // more at once is not read
const SEARCHED = 12; // from here on, a search is of use

/** Show the operations of *connector*. */
export function Operations({ connector }: { connector: Connector }) {
  const [words, setWords] = useState("");
  const [limit, setLimit] = useState(MANY);
  const { operations, name } = connector;
  const found = matching(operations, words);
  return (
    <section class="site-section" aria-labelledby="operations">
      <div class="site-section-head">
        <h2 class="site-section-title" id="operations">
          Operations
        </h2>
        {operations.length >= SEARCHED && (
          <input
            class="input operations-search"
            type="search"
            aria-label="Search operations"
            placeholder="Search operations"
            value={words}
            onInput={(event) => {
              setWords(event.currentTarget.value);
              setLimit(MANY);
            }}
          />
        )}
      </div>
      {operations.length === 0 ? (
        <p class="text-muted">
          None by name. Functions call its paths: <code>{name}.get("/path")</code>, and post, put, patch and delete.
        </p>
      ) : (
        <div class="operations-scroll" tabIndex={0} role="region" aria-label="Operations">
          <table class="numbers operations">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">What it calls</th>
              </tr>
            </thead>
            <tbody>
              {found.slice(0, limit).map((one) => (
                <tr key={one.name}>
                  <th scope="row">
                    <code>
                      <Breakable text={one.name} after="_" />
                    </code>
                  </th>
                  <td>
                    <code dir="ltr">
                      {one.method} <Breakable text={one.path} after="/" />
                    </code>
                    {one.summary && (
                      <p class="text-muted" dir="auto">
                        {one.summary}
                      </p>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p class="sr-only" role="status">
        {words && count(found.length, "operation")}
      </p>
      {operations.length > 0 && found.length === 0 && <p class="text-muted">No operation has these words.</p>}
      {found.length > limit && (
        <button
          type="button"
          class="text-button form-add"
          onClick={() => {
            setLimit(limit + MANY);
          }}
        >
          Show more ({count(found.length - limit, "left", "left")})
        </button>
      )}
    </section>
  );
}

/** The *operations* that have all of *words* in them somewhere. */
export function matching(operations: readonly Operation[], words: string): readonly Operation[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return operations.filter((one) => {
    const text = `${one.name} ${one.method} ${one.path} ${one.summary}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
