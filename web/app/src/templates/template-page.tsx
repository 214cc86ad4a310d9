/** One template: what it does, its source, and what somebody agrees to by installing it. */
import { useSignal } from "@preact/signals";
import { ArrowLeft } from "lucide";

import { Refusal } from "../forms/refusal.tsx";
import { useSending } from "../forms/sending.ts";
import { FUNCTIONS, readFunctions } from "../functions/functions.ts";
import { FunctionsProblem, Section } from "../functions/section.tsx";
import { nameReason } from "../functions/words.ts";
import { address, functionAddress, navigate } from "../router.ts";
import { TextField } from "../sites/form/fields.tsx";
import { CopyButton } from "../ui/copy.tsx";
import { Icon } from "../ui/icon.tsx";
import { useLoad, type Loaded } from "../ui/load.ts";
import { Empty, Skeleton } from "../ui/states.tsx";
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
  const { isBusy, problem, reasons, form, send } = useSending();
  function install(): void {
    const reason = nameReason(name.value, taken);
    void send(reason ? { as: reason } : {}, async () => {
      await installTemplate(template.name, name.value);
      navigate(functionAddress(name.value));
    });
  }
  return (
    <form
      class="card consent"
      ref={form}
      noValidate
      autocomplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        install();
      }}
    >
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
        reason={reasons["as"] ?? ""}
        onChange={(text) => {
          name.value = text.trim();
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
      <Refusal problem={problem} />
      <button type="submit" class="button button-primary" disabled={isBusy || !hasAgreed.value}>
        {isBusy ? "Installing" : "Install"}
      </button>
      <p class="help" role="status">
        {isBusy ? "Its packages are fetched and it is tried; this can take a minute." : "It is live at once, and yours to change."}
      </p>
    </form>
  );
}
