/** Adds a connector: one that comes with the product, or one's own. */
import { ArrowLeft } from "lucide";

import { FunctionsProblem, Section } from "../functions/section.tsx";
import { count } from "../functions/words.ts";
import { address } from "../router.ts";
import { Icon } from "../ui/icon.tsx";
import { useLoad } from "../ui/load.ts";
import { Skeleton } from "../ui/states.tsx";
import { addAddress } from "./addresses.ts";
import { kindOf } from "./auth.ts";
import { CONNECTORS, readConnectors, type BuiltIn, type Connectors } from "./connectors.ts";
import { draftOf } from "./draft.ts";
import { ConnectorForm } from "./form.tsx";

const OWN = "own";

/** Show what can be added, or the form for *what*. */
export function AddPage({ what }: { what: string }) {
  const { value, problem, retry } = useLoad(CONNECTORS, readConnectors);
  const builtIn = value?.builtIn.find((one) => one.name === what);
  const isForm = what === OWN || builtIn !== undefined;
  const back = isForm ? { to: addAddress(), name: "Add connector" } : { to: address("connectors"), name: "Connectors" };
  return (
    <Section title={builtIn ? `Add ${builtIn.title}` : "Add connector"}>
      <main class="content site-page">
        <a class="back-link" href={back.to}>
          <Icon node={ArrowLeft} size={16} /> {back.name}
        </a>
        {problem && <FunctionsProblem problem={problem} retry={retry} />}
        {!problem && !value && <Skeleton rows={4} shape="text" />}
        {value && (isForm ? <NewForm all={value} builtIn={builtIn} /> : <Choice all={value} />)}
      </main>
    </Section>
  );
}

function NewForm({ all, builtIn }: { all: Connectors; builtIn: BuiltIn | undefined }) {
  const { name, definition } = builtIn ?? { name: "", definition: {} };
  return (
    <ConnectorForm
      first={draftOf(name, definition)}
      base={definition}
      taken={all.connectors.map((one) => one.name)}
      isNew
      isBuiltIn={builtIn !== undefined}
    />
  );
}

function Choice({ all }: { all: Connectors }) {
  const there = new Set(all.connectors.map((one) => one.name));
  return (
    <ul class="shelf">
      {all.builtIn.map((one) => (
        <li class="shelf-card" key={one.name}>
          <h2 class="shelf-title">
            {there.has(one.name) ? (
              <a href={address("connectors", one.name)}>{one.title}</a>
            ) : (
              <a href={addAddress(one.name)}>{one.title}</a>
            )}
          </h2>
          <p dir="auto">{one.description}</p>
          <p class="shelf-foot">{there.has(one.name) ? "Added" : operationWords(one)}</p>
        </li>
      ))}
      <li class="shelf-card">
        <h2 class="shelf-title">
          <a href={addAddress(OWN)}>Another service</a>
        </h2>
        <p>Anything that speaks JSON over HTTPS, with or without an OpenAPI document.</p>
        <p class="shelf-foot">Your own</p>
      </li>
    </ul>
  );
}

function operationWords({ definition }: BuiltIn): string {
  const { operations } = definition;
  if (kindOf(definition["auth"]) === "hmac") return "Signatures";
  const number = typeof operations === "object" && operations !== null ? Object.keys(operations).length : 0;
  return number === 0 ? "Paths only" : count(number, "operation");
}
