/** The plan by which conversations go to teams: its rules in their order, and a way to try it. */
import { COLLEAGUES, readColleagues, readTeams, TEAMS, type Colleague } from "../teams/teams.ts";
import { ConditionField } from "../conditions/builder.tsx";
import { PROPERTIES, readProperties, type Property } from "../conditions/properties.ts";
import { Section, SectionProblem } from "../chatflows/section.tsx";
import { address } from "../router.ts";
import { SelectField, TextField } from "../sites/form/fields.tsx";
import { FormBar, useSaving, type Saving } from "../teams/form-parts.tsx";
import { NumberField } from "../teams/team-page.tsx";
import { useLoad } from "../ui/load.ts";
import { Skeleton } from "../ui/states.tsx";
import { Capacities } from "./capacities.tsx";
import { RuleCard } from "./rule-card.tsx";
import { readPlan, ROUTING, savePlan, type Plan, type Priority, type Rule, type Target } from "./routing.ts";
import { Trying } from "./trying.tsx";
import { movedRule, PRIORITIES, withRule } from "./words.ts";

/** Where conversations go. */
export function RoutingPage() {
  const plan = useLoad(ROUTING, readPlan);
  const teams = useLoad(TEAMS, readTeams);
  const properties = useLoad(PROPERTIES, readProperties);
  const colleagues = useLoad(COLLEAGUES, readColleagues);
  const failed = [plan, teams, properties, colleagues].find((one) => one.problem);
  const ready =
    plan.value && teams.value && properties.value && colleagues.value
      ? {
          plan: plan.value,
          teams: teams.value.map((one) => one.name),
          properties: properties.value,
          colleagues: colleagues.value,
        }
      : null;
  return (
    <Section title="Routing">
      <main class="content site-page">
        {failed?.problem && <SectionProblem problem={failed.problem} retry={failed.retry} />}
        {!failed && !ready && <Skeleton rows={6} shape="text" />}
        {ready && <PlanForm {...ready} />}
      </main>
    </Section>
  );
}

interface Given {
  plan: Plan;
  teams: readonly string[];
  properties: readonly Property[];
  colleagues: readonly Colleague[];
}

/** What the parts of the form are given. */
export interface Planning extends Omit<Given, "plan"> {
  saving: Saving<Plan>;
}

function PlanForm({ plan, ...given }: Given) {
  const saving = useSaving(plan, savePlan);
  return (
    <div class="sheet flow-sheet">
      <form
        class="form site-form flow-form"
        ref={saving.form}
        noValidate
        autocomplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          void saving.save();
        }}
      >
        {given.teams.length === 0 && (
          <p class="notice">
            There is no team yet, so any agent may answer anything.{" "}
            <a class="quiet-link" href={address("teams")}>
              Make a team
            </a>{" "}
            to send conversations to.
          </p>
        )}
        <Rules saving={saving} {...given} />
        <Fallback saving={saving} {...given} />
        <Limits saving={saving} {...given} />
        <FormBar saving={saving} label="Save" note="It counts with the next conversation." placed={isPlaced} />
      </form>
      <Trying plan={saving.value} properties={given.properties} />
    </div>
  );
}

function isPlaced(path: string): boolean {
  return /^rules\.\d+\.(name|team|priority|when)/.test(path) || /^(fallback|capacity|capacities)/.test(path);
}

function Rules(planning: Planning) {
  const { saving } = planning;
  const { value, change } = saving;
  const { rules } = value;
  const write = (next: Rule[]): void => {
    change({ rules: next });
  };
  return (
    <section class="flow-steps" aria-labelledby="rules">
      <h2 class="site-section-title" id="rules">
        Rules
      </h2>
      <p class="text-muted text-sm">The first rule that holds decides. What is not known holds in no rule.</p>
      {rules.length === 0 && <p class="text-sm">No rules yet: every conversation goes where none holds.</p>}
      <ol class="steps">
        {rules.map((rule, index) => (
          <RuleCard
            key={index}
            {...planning}
            rule={rule}
            index={index}
            onChange={(next) => {
              write(rules.with(index, next));
            }}
            onMove={(places) => {
              write(movedRule(rules, index, places));
            }}
            onRemove={() => {
              write(rules.toSpliced(index, 1));
            }}
          />
        ))}
      </ol>
      <button
        type="button"
        class="button form-add"
        onClick={() => {
          change(withRule(value));
          setTimeout(() => {
            const cards = [...document.querySelectorAll<HTMLElement>(".steps > .step")];
            cards.at(-1)?.querySelector<HTMLElement>(".step-body input")?.focus();
          });
        }}
      >
        Add a rule
      </button>
    </section>
  );
}

/** The condition of a rule, and where it leads. */
export function RuleFields(props: Planning & { rule: Rule; index: number; onChange: (rule: Rule) => void }) {
  const { saving, rule, index, properties, onChange } = props;
  const path = `rules.${index}`;
  return (
    <>
      <TextField
        label="Name"
        help="It is named wherever it decided."
        value={rule.name}
        reason={saving.reasons[`${path}.name`] ?? ""}
        onChange={(name) => {
          onChange({ ...rule, name });
        }}
      />
      <ConditionField
        legend="When"
        none="Never: add a condition."
        value={rule.when}
        path={`${path}.when`}
        properties={properties}
        reasons={saving.reasons}
        onChange={(when) => {
          onChange({ ...rule, when: when ?? { property: "", operator: "eq", value: "" } });
        }}
      />
      <TargetFields {...props} path={path} target={rule} onChange={(target) => { onChange({ ...rule, ...target }); }} />
    </>
  );
}

function TargetFields(props: {
  saving: Saving<Plan>;
  teams: readonly string[];
  path: string;
  target: Target;
  onChange: (target: Target) => void;
}) {
  const { saving, teams, path, target, onChange } = props;
  return (
    <div class="field-pair">
      <SelectField
        label="Goes to"
        value={target.team ?? ""}
        options={[["", "Anybody"], ...teams.map((one) => [one, `The team ${one}`] as const)]}
        reason={saving.reasons[`${path}.team`] ?? ""}
        onChange={(team) => {
          onChange({ team: team || null, priority: target.priority });
        }}
      />
      <SelectField
        label="Priority"
        value={target.priority}
        options={PRIORITIES}
        reason={saving.reasons[`${path}.priority`] ?? ""}
        onChange={(priority) => {
          onChange({ team: target.team, priority: priority as Priority });
        }}
      />
    </div>
  );
}

function Fallback({ saving, teams }: Planning) {
  return (
    <fieldset class="many">
      <legend>Where no rule holds</legend>
      <TargetFields
        saving={saving}
        teams={teams}
        path="fallback"
        target={saving.value.fallback}
        onChange={(fallback) => {
          saving.change({ fallback });
        }}
      />
    </fieldset>
  );
}

function Limits(planning: Planning) {
  const { saving } = planning;
  return (
    <>
      <NumberField
        label="How many open conversations an agent may be given"
        help="Over all teams. People may take more by hand."
        value={saving.value.capacity}
        reason={saving.reasons["capacity"] ?? ""}
        onChange={(capacity) => {
          saving.change({ capacity });
        }}
      />
      <Capacities {...planning} />
    </>
  );
}
