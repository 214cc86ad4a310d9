/** Functions ready to be used: the gallery, and one of them with what it asks for. */
import { FunctionsProblem, Section } from "../functions/section.tsx";
import { triggersWords } from "../functions/words.ts";
import { address, route } from "../router.ts";
import "../styles/shelf.css";
import "../styles/templates.css";
import { useLoad } from "../ui/load.ts";
import { Empty, Skeleton } from "../ui/states.tsx";
import { TemplatePage } from "./template-page.tsx";
import { readTemplates, TEMPLATES, type Template } from "./templates.ts";
import { askWords } from "./words.ts";

/** Show the template that the address names, or all of them. */
export function TemplatesPage() {
  const here = route.value;
  const name = here.page === "templates" ? here.id : null;
  return name === null ? <Gallery /> : <TemplatePage key={name} name={name} />;
}

function Gallery() {
  const { value: templates, problem, retry } = useLoad(TEMPLATES, readTemplates);
  return (
    <Section title="Templates">
      <main class="content site-page">
        {problem && <FunctionsProblem problem={problem} retry={retry} />}
        {!problem && !templates && <Skeleton rows={4} shape="row" />}
        {templates?.length === 0 && (
          <Empty title="No templates" text="Functions ready to be used would be here. This server came with none." />
        )}
        {templates && templates.length > 0 && (
          <ul class="shelf">
            {templates.map((one) => (
              <Card key={one.name} template={one} />
            ))}
          </ul>
        )}
      </main>
    </Section>
  );
}

function Card({ template }: { template: Template }) {
  const { title, description, asks } = template;
  return (
    <li class="shelf-card">
      <h2 class="shelf-title">
        <a href={address("templates", template.name)}>{title}</a>
      </h2>
      <p dir="auto">{description}</p>
      <p class="shelf-foot">
        <span>{triggersWords(asks.triggers)}</span>
        <span>{askWords(asks)}</span>
      </p>
    </li>
  );
}
