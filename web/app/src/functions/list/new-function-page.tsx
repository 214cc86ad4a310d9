/** Begins a function: it needs only a name. */
import { ArrowLeft } from "lucide";

import { NameForm } from "../../forms/name-form.tsx";
import { address, functionAddress, navigate } from "../../router.ts";
import { Icon } from "../../ui/icon.tsx";
import { useLoad } from "../../ui/load.ts";
import { Skeleton } from "../../ui/states.tsx";
import { createFunction, FUNCTIONS, readFunctions } from "../functions.ts";
import { FunctionsProblem, Section } from "../section.tsx";
import { nameReason } from "../words.ts";

/** Ask for a name, and open the editor. */
export function NewFunctionPage() {
  const { value: functions, problem, retry } = useLoad(FUNCTIONS, readFunctions);
  return (
    <Section title="New function">
      <main class="content site-page">
        <a class="back-link" href={address("functions")}>
          <Icon node={ArrowLeft} size={16} /> Functions
        </a>
        {problem && <FunctionsProblem problem={problem} retry={retry} />}
        {!problem && !functions && <Skeleton rows={3} shape="text" />}
        {functions && <Beginning taken={functions.map((one) => one.name)} />}
      </main>
    </Section>
  );
}

function Beginning({ taken }: { taken: readonly string[] }) {
  return (
    <NameForm
      label="Write it"
      help="Small letters, digits and hyphens, such as lookup-order. It is in the address that others call, and cannot be changed later."
      wrong={(name) => nameReason(name, taken)}
      make={async (name) => {
        await createFunction(name);
        navigate(functionAddress(name));
      }}
      beside={
        <a class="text-button" href={address("templates")}>
          Or start from a template
        </a>
      }
    />
  );
}
