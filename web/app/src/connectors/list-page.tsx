/** The list of connectors. */
import { useRef } from "preact/hooks";

import { Section, Waiting } from "../functions/section.tsx";
import { count } from "../functions/words.ts";
import { address } from "../router.ts";
import { sentences } from "../sites/words.ts";
import { useListKeys } from "../ui/list-keys.ts";
import { usePolled } from "../ui/poll.ts";
import { Empty } from "../ui/states.tsx";
import { addAddress } from "./addresses.ts";
import { authWords } from "./auth.ts";
import { CONNECTORS, readConnectors, type Connector } from "./connectors.ts";
import { CheckMark, missingWords, noAddress } from "./parts.tsx";

/** Every connector. */
export function ListPage() {
  const polled = usePolled(CONNECTORS, readConnectors);
  const connectors = polled.value?.connectors;
  const main = useRef<HTMLElement>(null);
  useListKeys(main);
  return (
    <Section
      title="Connectors"
      action={
        connectors &&
        connectors.length > 0 && (
          <a class="button button-primary" href={addAddress()}>
            Add connector
          </a>
        )
      }
    >
      <main class="content" ref={main}>
        <Waiting polled={polled} shape="table" />
        {connectors?.length === 0 && (
          <Empty
            title="No connectors yet"
            text="A connector is a service that functions may call, with a key they never see. It goes on every call here, outside of them."
          >
            <a class="button button-primary" href={addAddress()}>
              Add connector
            </a>
          </Empty>
        )}
        {connectors && connectors.length > 0 && <Table connectors={connectors} />}
      </main>
    </Section>
  );
}

function Table({ connectors }: { connectors: readonly Connector[] }) {
  return (
    <table class="table connectors-table">
      <thead>
        <tr>
          <th scope="col">Connector</th>
          <th scope="col" class="wide-only">Address</th>
          <th scope="col" class="wide-only">Shows itself by</th>
          <th scope="col" class="wide-only">Used by</th>
          <th scope="col">Last check</th>
        </tr>
      </thead>
      {connectors.map((one) => (
        <Row key={one.name} connector={one} />
      ))}
    </table>
  );
}

function Row({ connector }: { connector: Connector }) {
  const note = noteOf(connector);
  return (
    <tbody>
      <tr class={note ? "has-note" : ""}>
        <td>
          <a class="row-link" data-row href={address("connectors", connector.name)} title={connector.name}>
            {connector.name}
          </a>
          <span class="under" dir="auto">
            {connector.title}
          </span>
        </td>
        <td class="wide-only" title={connector.baseUrl}>
          <span dir="ltr">{connector.baseUrl.replace(/^https:\/\//, "") || <span class="text-muted">{noAddress(connector)}</span>}</span>
          {connector.private && <span class="under">In your own network</span>}
        </td>
        <td class="wide-only text-muted">{authWords(connector.auth)}</td>
        <td class="wide-only text-muted" title={connector.usedBy.join(", ")}>
          {usedWords(connector.usedBy)}
        </td>
        <td>
          <CheckMark check={connector.lastCheck} />
        </td>
      </tr>
      {note && (
        <tr class="note-row">
          <td colSpan={5}>{note}</td>
        </tr>
      )}
    </tbody>
  );
}

function usedWords(names: readonly string[]): string {
  if (names.length === 0) return "Nothing";
  return names.length === 1 ? (names[0] ?? "") : count(names.length, "function");
}

/** What is wrong with *connector* and what to do; "" when nothing is. */
function noteOf(connector: Connector): string {
  const { lastCheck, drift, problem } = connector;
  if (problem) return problem;
  const said = [missingWords(connector)];
  if (lastCheck && !lastCheck.ok && lastCheck.status !== null) said.push(sentences(lastCheck.message, lastCheck.remedy));
  if (drift) said.push(`A newer document has ${count(drift.changes.length, "change")}.`);
  return said.filter(Boolean).join(" ");
}
