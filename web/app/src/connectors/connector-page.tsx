/** One connector: how it is, its keys, what it can do, how functions see it, and what a newer document changes. */
import { ArrowLeft } from "lucide";

import { Ask } from "../functions/page/ask.tsx";
import { Section, Waiting } from "../functions/section.tsx";
import { duration } from "../functions/words.ts";
import { address, functionAddress, navigate } from "../router.ts";
import { Icon } from "../ui/icon.tsx";
import { usePolled } from "../ui/poll.ts";
import { editAddress } from "./addresses.ts";
import { authWords } from "./auth.ts";
import { Checkup } from "./checkup.tsx";
import { connectorPath, deleteConnector, readConnector, type Connector } from "./connectors.ts";
import { DriftDesk } from "./drift.tsx";
import { Keys } from "./keys.tsx";
import { Operations } from "./operations.tsx";
import { CheckMark, noAddress, SOURCES } from "./parts.tsx";
import { Stubs } from "./stubs.tsx";

/** Show the connector *name*. */
export function ConnectorPage({ name }: { name: string }) {
  const polled = usePolled(connectorPath(name), readConnector);
  const { value: connector, again } = polled;
  return (
    <Section
      title="Connector"
      tabTitle={name}
      action={
        connector && (
          <a class="button button-primary" href={editAddress(name)}>
            Edit settings
          </a>
        )
      }
    >
      <main class="content site-page">
        <a class="back-link" href={address("connectors")}>
          <Icon node={ArrowLeft} size={16} /> Connectors
        </a>
        <Waiting polled={polled} shape="text" />
        {connector && (
          <div class="sheet">
            <Card connector={connector} />
            <div class="sheet-main site-main">
              <Checkup connector={connector} onDone={again} />
              {connector.secrets.length > 0 && <Keys connector={connector} onDone={again} />}
              <Operations connector={connector} />
              <Stubs connector={connector} />
              <DriftDesk connector={connector} onDone={again} />
              <Deleting connector={connector} />
            </div>
          </div>
        )}
      </main>
    </Section>
  );
}

function Card({ connector }: { connector: Connector }) {
  const { usedBy, allow } = connector;
  return (
    <section class="card" aria-label={connector.title}>
      <h2 class="card-name" dir="auto">
        {connector.title}
      </h2>
      <p class="site-card-marks">
        <CheckMark check={connector.lastCheck} />
        <span class="badge">{SOURCES[connector.source]}</span>
      </p>
      {connector.problem && <p class="site-trouble">{connector.problem}</p>}
      <dl class="properties site-facts">
        <div>
          <dt>Name</dt>
          <dd>
            <code>{connector.name}</code>
          </dd>
        </div>
        <div>
          <dt>Address</dt>
          <dd>
            {connector.baseUrl ? <bdi>{connector.baseUrl}</bdi> : noAddress(connector)}
            {connector.private && ", in your own network"}
          </dd>
        </div>
        <div>
          <dt>Shows itself by</dt>
          <dd>{authWords(connector.auth)}</dd>
        </div>
        <div>
          <dt>Time for a call</dt>
          <dd>{duration(connector.timeoutMs)}</dd>
        </div>
        <div>
          <dt>Allowed calls</dt>
          <dd dir="ltr">{allow.join("\n") || "All"}</dd>
        </div>
        <div>
          <dt>Used by</dt>
          <dd>
            {usedBy.length === 0 && "No function yet"}
            {usedBy.map((name) => (
              <a class="quiet-link used-by" key={name} href={functionAddress(name)}>
                {name}
              </a>
            ))}
          </dd>
        </div>
      </dl>
    </section>
  );
}

function Deleting({ connector }: { connector: Connector }) {
  const { name, usedBy } = connector;
  return (
    <section class="site-section" aria-labelledby="delete-connector">
      <h2 class="site-section-title" id="delete-connector">
        Delete
      </h2>
      {usedBy.length > 0 ? (
        <p class="text-muted">
          It cannot be deleted while {usedBy.join(", ")} {usedBy.length === 1 ? "uses" : "use"} it. Deploy{" "}
          {usedBy.length === 1 ? "that function" : "those functions"} without it first.
        </p>
      ) : (
        <div>
          <Ask
            label="Delete this connector"
            question={`Delete ${name}?`}
            isDanger
            act={async () => {
              await deleteConnector(name);
              navigate(address("connectors"));
            }}
          >
            <p>No function uses it. Its secrets stay in Secrets until they are deleted there.</p>
          </Ask>
        </div>
      )}
    </section>
  );
}
