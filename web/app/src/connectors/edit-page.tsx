/** Changes how a connector is set up. */
import { ArrowLeft } from "lucide";

import { FunctionsProblem, Section } from "../functions/section.tsx";
import { address } from "../router.ts";
import { Icon } from "../ui/icon.tsx";
import { useLoad } from "../ui/load.ts";
import { Skeleton } from "../ui/states.tsx";
import { connectorPath, readConnector } from "./connectors.ts";
import { draftOf } from "./draft.ts";
import { ConnectorForm } from "./form.tsx";

/** Change the connector *name*. */
export function EditPage({ name }: { name: string }) {
  const { value, problem, retry } = useLoad(connectorPath(name), readConnector);
  return (
    <Section title="Connector settings" tabTitle={`Settings of ${name}`}>
      <main class="content site-page">
        <a class="back-link" href={address("connectors", name)}>
          <Icon node={ArrowLeft} size={16} /> <span class="cut">{name}</span>
        </a>
        {problem && <FunctionsProblem problem={problem} retry={retry} />}
        {!problem && !value && <Skeleton rows={6} shape="text" />}
        {value && (
          <ConnectorForm
            first={draftOf(name, value.definition, value.secrets)}
            base={value.definition}
            taken={[]}
            isBuiltIn={value.source === "built-in"}
          />
        )}
      </main>
    </Section>
  );
}
