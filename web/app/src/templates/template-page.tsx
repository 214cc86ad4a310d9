/** One template: what it does, its source, and what somebody agrees to by installing it. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { ArrowLeft } from "lucide";
import type { TargetedSubmitEvent } from "preact";
import { useRef } from "preact/hooks";

import { FUNCTIONS, readFunctions } from "../functions/functions.ts";
import { FunctionsProblem, Section } from "../functions/section.tsx";
import { nameReason } from "../functions/words.ts";
import { address, functionAddress, navigate } from "../router.ts";
import { TextField } from "../sites/form/fields.tsx";
import { sentences } from "../sites/words.ts";
import { CopyButton } from "../ui/copy.tsx";
import { Icon } from "../ui/icon.tsx";
import { useLoad, type Loaded } from "../ui/load.ts";
import { Empty, problemFrom, Skeleton } from "../ui/states.tsx";
import { SourceView } from "./source-view.tsx";
import { installTemplate, readTemplates, TEMPLATES, type Template } from "./templates.ts";
import { askList, blocksOf, freeName } from "./words.ts";

/** Show the template *name*. */
export function TemplatePage({ name }: { name: string }) {
  const templates = useLoad(TEMPLATES, readTemplates);
  const template = templates.value?.find((one) => one.name === name);
  return (
    <Section title={template?.title ?? "Template"}>
      <main class="content site-page">
        <a class="back-link" href={address("templates")}>
          <Icon node={ArrowLeft} size={16} /> Templates
        </a>
        <Found templates={templates} template={template} />
      </main>
    </Section>
  );
}

function Found({ templates, template }: { templates: Loaded<Template[]>; template: Template | undefined }) {
  const functions = useLoad(FUNCTIONS, readFunctions);
  const problem = templates.problem ?? functions.problem;
  if (problem) return <FunctionsProblem problem={problem} retry={templates.problem ? templates.retry : functions.retry} />;
  if (!templates.value || !functions.value) return <Skeleton rows={6} shape="text" />;
  if (!template) return <Empty title="There is no such template" text="It may have had another name in an older version." />;
  return <Shown template={template} taken={functions.value.map((one) => one.name)} />;
}

function Shown({ template, taken }: { template: Template; taken: readonly string[] }) {
  return (
    <div class="template">
      <div class="template-main">
        <p class="template-lead" dir="auto">
          {template.description}
        </p>
        <Readme text={template.readme} />
        <section class="site-section" aria-labelledby="source">
          <div class="site-section-head">
            <h2 class="site-section-title" id="source">
              Source
            </h2>
            <CopyButton text={template.source} what="the source" />
          </div>
          <SourceView source={template.source.trimEnd()} label={`Source of ${template.name}`} />
        </section>
      </div>
      <Consent template={template} taken={taken} />
    </div>
  );
}

function Readme({ text }: { text: string }) {
  return (
    <>
      {blocksOf(text).map((block, index) =>
        block.kind === "code" ? (
          <pre class="code" dir="ltr" key={index} tabIndex={0} aria-label="Example">
            <code>{block.text}</code>
          </pre>
        ) : (
          <p class="template-text" dir="auto" key={index}>
            {block.parts.map((part, place) => (part.isCode ? <code key={place}>{part.text}</code> : part.text))}
          </p>
        ),
      )}
    </>
  );
}

/** What is agreed to, and the button that only then installs. */
function Consent({ template, taken }: { template: Template; taken: readonly string[] }) {
  const name = useSignal(freeName(template.name, taken));
  const hasAgreed = useSignal(false);
  const busy = useSignal(false);
  const reason = useSignal("");
  const problem = useSignal<Problem | null>(null);
  const form = useRef<HTMLFormElement>(null);
  async function install(event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    problem.value = null;
    reason.value = nameReason(name.value, taken);
    if (reason.value) {
      setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    busy.value = true;
    try {
      await installTemplate(template.name, name.value);
      navigate(functionAddress(name.value));
    } catch (error) {
      problem.value = problemFrom(error);
      reason.value = problem.value.fields["as"] ?? "";
      busy.value = false;
    }
  }
  return (
    <form class="card consent" ref={form} noValidate autocomplete="off" onSubmit={(event) => void install(event)}>
      <h2 class="site-section-title">Install it</h2>
      <dl class="consent-asks">
        {askList(template.asks).map((ask) => (
          <div key={ask.title}>
            <dt>{ask.title}</dt>
            {ask.lines.map((line) => (
              <dd key={line}>{line}</dd>
            ))}
            {ask.note && <dd class="help">{ask.note}</dd>}
          </div>
        ))}
      </dl>
      <TextField
        label="Install as"
        help="The function’s name, which is in its address."
        value={name.value}
        reason={reason.value}
        onChange={(text) => {
          name.value = text.trim();
          reason.value = "";
        }}
      />
      <label class="choice">
        <input
          type="checkbox"
          checked={hasAgreed.value}
          onChange={(event) => {
            hasAgreed.value = event.currentTarget.checked;
          }}
        />
        <span class="choice-name">It may do all of this here</span>
      </label>
      {problem.value && (
        <p class="form-error" role="alert">
          {sentences(problem.value.message, problem.value.hint)} <code>{problem.value.code}</code>
        </p>
      )}
      <button type="submit" class="button button-primary" disabled={busy.value || !hasAgreed.value}>
        {busy.value ? "Installing" : "Install"}
      </button>
      <p class="help" role="status">
        {busy.value ? "Its packages are fetched and it is tried; this can take a minute." : "It is live at once, and yours to change."}
      </p>
    </form>
  );
}
