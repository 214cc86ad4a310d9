/** A connector as functions see it: names, arguments and types, to be read or copied. */
import { useState } from "preact/hooks";

import { CopyButton } from "../ui/copy.tsx";
import { useLoad } from "../ui/load.ts";
import { Failure, Skeleton } from "../ui/states.tsx";
import { connectorPath, readStubs, type Connector } from "./connectors.ts";

/** Show the stubs of *connector* once they are asked for. */
export function Stubs({ connector }: { connector: Connector }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <section class="site-section" aria-labelledby="stubs">
      <h2 class="site-section-title" id="stubs">
        In Python
      </h2>
      <p>
        <code>from connectors import {connector.name}</code>
      </p>
      <details
        class="more-fields"
        onToggle={(event) => {
          setOpen(event.currentTarget.open);
        }}
      >
        <summary>Its names and types ({connector.name}.pyi)</summary>
        {isOpen && <Text connector={connector} />}
      </details>
    </section>
  );
}

function Text({ connector }: { connector: Connector }) {
  const { value, problem, retry } = useLoad(`${connectorPath(connector.name)}/stubs`, readStubs);
  if (problem) return <Failure problem={problem} retry={retry} />;
  if (value === null) return <Skeleton rows={6} shape="text" />;
  return (
    <div class="stubs">
      <CopyButton text={value} what="the stubs" />
      <pre class="code stubs-text" dir="ltr" tabIndex={0} aria-label={`${connector.name}.pyi`}>
        <code>{value}</code>
      </pre>
    </div>
  );
}
