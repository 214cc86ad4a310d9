/** Makes office hours, or changes some: a week, holidays, and a time zone. */
import { useId } from "preact/hooks";
import { ArrowLeft } from "lucide";

import { Section, SectionProblem } from "../../chatflows/section.tsx";
import { Ask } from "../../functions/page/ask.tsx";
import { address, navigate } from "../../router.ts";
import { Field } from "../../sites/form/fields.tsx";
import { Icon } from "../../ui/icon.tsx";
import { useLoad } from "../../ui/load.ts";
import { Empty, Skeleton } from "../../ui/states.tsx";
import { FormBar, NamedForm, useSaving, type Saving } from "../form-parts.tsx";
import { DAYS, deleteHours, HOURS, readHours, saveHours, type Hours } from "../teams.ts";
import { dayWords, newHours, reasonBelow } from "../words.ts";
import { Holidays } from "./holidays.tsx";
import { OpenNow } from "./open-now.tsx";
import { Spans } from "./spans.tsx";

/** Change the office hours *name*. */
export function HoursPage({ name }: { name: string }) {
  return <HoursLoader name={name} />;
}

/** Make office hours. */
export function NewHoursPage() {
  return <HoursLoader name={null} />;
}

function HoursLoader({ name }: { name: string | null }) {
  const { value, problem, retry } = useLoad(HOURS, readHours);
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const hours = name === null ? newHours("", timeZone) : value?.find((one) => one.name === name);
  return (
    <Section title={name ?? "New office hours"}>
      <main class="content site-page">
        <a class="back-link" href={address("hours")}>
          <Icon node={ArrowLeft} size={16} /> Office hours
        </a>
        {problem && <SectionProblem problem={problem} retry={retry} />}
        {!problem && !value && <Skeleton rows={6} shape="text" />}
        {value && !hours && <Empty title="There are no such office hours" text="They may have been deleted." />}
        {value && hours && (
          <HoursForm hours={hours} isNew={name === null} taken={value.map((one) => one.name).filter((one) => one !== name)} />
        )}
      </main>
    </Section>
  );
}

function HoursForm({ hours, isNew, taken }: { hours: Hours; isNew: boolean; taken: readonly string[] }) {
  const saving = useSaving(hours, saveHours, isNew);
  const { value, reasons, change } = saving;
  return (
    <NamedForm
      saving={saving}
      isNew={isNew}
      taken={taken}
      nameHelp="Short, such as office. Teams keep them by this name; it cannot be changed later."
      made={(name) => {
        navigate(address("hours", name));
      }}
      intro={
        <p class="notice">
          <OpenNow hours={value} />
        </p>
      }
    >
      <Zone saving={saving} />
      <fieldset class="many">
        <legend>The week</legend>
        <div class="week">
          {DAYS.map((day) => (
            <div class="week-day" key={day}>
              <span class="week-name">{dayWords(day)}</span>
              <Spans
                day={dayWords(day)}
                spans={value.days[day]}
                reason={reasonBelow(reasons, `days.${day}`)}
                onChange={(spans) => {
                  change({ days: { ...value.days, [day]: spans } });
                }}
              />
            </div>
          ))}
        </div>
        <p class="help">A span that ends before it begins goes over midnight.</p>
      </fieldset>
      <Holidays saving={saving} />
      <FormBar saving={saving} label={isNew ? "Make them" : "Save"} note="It counts at once." placed={isPlaced} />
      {!isNew && <Deleting name={hours.name} />}
    </NamedForm>
  );
}

function isPlaced(path: string): boolean {
  return path === "name" || path === "zone" || path.startsWith("days.") || /^holidays\.\d+\./.test(path) || path === "holidays";
}

function Zone({ saving: { value, reasons, change } }: { saving: Saving<Hours> }) {
  const id = useId();
  return (
    <Field label="Time zone" help="The hours are read off the clocks there, in summer and in winter." reason={reasons["zone"] ?? ""}>
      {(ties) => (
        <>
          <input
            class="input"
            {...ties}
            list={`${id}-zones`}
            spellcheck={false}
            autocomplete="off"
            value={value.zone}
            onInput={(event) => {
              change({ zone: event.currentTarget.value.trim() });
            }}
          />
          <datalist id={`${id}-zones`}>
            {Intl.supportedValuesOf("timeZone").map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

function Deleting({ name }: { name: string }) {
  return (
    <p>
      <Ask
        label="Delete these hours"
        question={`Delete the office hours ${name}?`}
        isDanger
        act={async () => {
          await deleteHours(name);
          navigate(address("hours"), { anyway: true });
        }}
      >
        <p>Office hours that a team keeps are not deleted.</p>
      </Ask>
    </p>
  );
}
