/** Makes a team, or changes one. */
import { ArrowLeft } from "lucide";

import { Section, SectionProblem } from "../chatflows/section.tsx";
import { Ask } from "../functions/page/ask.tsx";
import { address, navigate } from "../router.ts";
import { ChoiceField, SelectField, TextField } from "../sites/form/fields.tsx";
import { Icon } from "../ui/icon.tsx";
import { useLoad } from "../ui/load.ts";
import { Empty, Skeleton } from "../ui/states.tsx";
import { FormBar, NamedForm, useSaving, type Saving } from "./form-parts.tsx";
import { Members } from "./members.tsx";
import {
  COLLEAGUES,
  deleteTeam,
  HOURS,
  readColleagues,
  readHours,
  readTeams,
  saveTeam,
  TEAMS,
  type Colleague,
  type Hours,
  type Strategy,
  type Team,
} from "./teams.ts";
import { newTeam, STRATEGIES, WHEN_AWAY } from "./words.ts";

/** Change the team *name*. */
export function TeamPage({ name }: { name: string }) {
  return <TeamLoader name={name} />;
}

/** Make a team. */
export function NewTeamPage() {
  return <TeamLoader name={null} />;
}

function TeamLoader({ name }: { name: string | null }) {
  const teams = useLoad(TEAMS, readTeams);
  const hours = useLoad(HOURS, readHours);
  const colleagues = useLoad(COLLEAGUES, readColleagues);
  const failed = [teams, hours, colleagues].find((one) => one.problem);
  const ready =
    teams.value && hours.value && colleagues.value
      ? { teams: teams.value, hours: hours.value, colleagues: colleagues.value }
      : null;
  return (
    <Section title={name ?? "New team"}>
      <main class="content site-page">
        <a class="back-link" href={address("teams")}>
          <Icon node={ArrowLeft} size={16} /> Teams
        </a>
        {failed?.problem && <SectionProblem problem={failed.problem} retry={failed.retry} />}
        {!failed && !ready && <Skeleton rows={6} shape="text" />}
        {ready && <TeamOrNone name={name} {...ready} />}
      </main>
    </Section>
  );
}

function TeamOrNone({ name, teams, ...known }: Pick<Given, "hours" | "colleagues"> & { name: string | null; teams: readonly Team[] }) {
  const team = name === null ? newTeam("") : teams.find((one) => one.name === name);
  if (!team) return <Empty title="There is no such team" text="It may have been deleted." />;
  const others = teams.map((one) => one.name).filter((one) => one !== name);
  return <TeamForm {...known} team={team} isNew={name === null} others={others} />;
}

interface Given {
  team: Team;
  isNew: boolean;
  others: readonly string[];
  hours: readonly Hours[];
  colleagues: readonly Colleague[];
}

const FIELDS = new Set(["name", "strategy", "capacity", "hours", "when_away", "sticky", "overflow.team", "overflow.after", "out_of_hours"]);
const STRATEGY_OPTIONS = (Object.keys(STRATEGIES) as Strategy[]).map((one) => [one, STRATEGIES[one]] as const);
const AWAY_OPTIONS = [
  ["requeue", WHEN_AWAY.requeue],
  ["keep", WHEN_AWAY.keep],
] as const;

function TeamForm({ team, isNew, others, hours, colleagues }: Given) {
  const saving = useSaving(team, saveTeam, isNew);
  const { value, reasons, change } = saving;
  return (
    <NamedForm
      saving={saving}
      isNew={isNew}
      taken={others}
      nameHelp="Short, such as support. Rules send conversations to it by this name; it cannot be changed later."
      made={(name) => {
        navigate(address("teams", name));
      }}
    >
      <Members agents={value.agents} colleagues={colleagues} onChange={(agents) => { change({ agents }); }} />
      <ChoiceField<Strategy>
        legend="How conversations are given out"
        value={value.strategy}
        options={STRATEGY_OPTIONS}
        reason={reasons["strategy"] ?? ""}
        onChange={(strategy) => {
          change({ strategy });
        }}
      />
      <NumberField
        label="How many open conversations each may be given"
        help="Of this team. People may take more by hand."
        value={value.capacity}
        reason={reasons["capacity"] ?? ""}
        onChange={(capacity) => {
          change({ capacity });
        }}
      />
      <Closing saving={saving} others={others} hours={hours} />
      <Waits saving={saving} others={others} />
      <FormBar saving={saving} label={isNew ? "Make it" : "Save"} note="It counts at once." placed={(path) => FIELDS.has(path)} />
      {!isNew && <Deleting name={team.name} />}
    </NamedForm>
  );
}

interface Part {
  saving: Saving<Team>;
  others: readonly string[];
}

function Closing({ saving: { value, reasons, change }, others, hours }: Part & { hours: readonly Hours[] }) {
  return (
    <>
      <SelectField
        label="Office hours"
        value={value.hours ?? ""}
        options={[["", "Always open"], ...hours.map((one) => [one.name, one.name] as const)]}
        reason={reasons["hours"] ?? ""}
        onChange={(chosen) => {
          change({ hours: chosen || null, out_of_hours: chosen ? value.out_of_hours : null });
        }}
      />
      {value.hours !== null && (
        <SelectField
          label="While it is closed"
          value={value.out_of_hours ?? ""}
          options={[["", "Visitors wait until it opens"], ...others.map((one) => [one, `The team ${one} stands in`] as const)]}
          reason={reasons["out_of_hours"] ?? ""}
          onChange={(team) => {
            change({ out_of_hours: team || null });
          }}
        />
      )}
    </>
  );
}

function Waits({ saving: { value, reasons, change }, others }: Part) {
  const { overflow } = value;
  return (
    <>
      <ChoiceField<Team["when_away"]>
        legend="When an agent goes away"
        value={value.when_away}
        options={AWAY_OPTIONS}
        reason={reasons["when_away"] ?? ""}
        onChange={(chosen) => {
          change({ when_away: chosen });
        }}
      />
      <TextField
        label="Back to the same agent within"
        help="For so long, the agent who last answered somebody comes before all others: such as 24h. Empty is never."
        value={value.sticky ?? ""}
        reason={reasons["sticky"] ?? ""}
        onChange={(text) => {
          change({ sticky: text.trim() || null });
        }}
      />
      <div class="field-pair">
        <SelectField
          label="Who waits too long goes"
          value={overflow?.team ?? ""}
          options={[["", "Nowhere else"], ...others.map((one) => [one, `To the team ${one}`] as const)]}
          reason={reasons["overflow.team"] ?? ""}
          onChange={(team) => {
            change({ overflow: team ? { team, after: overflow?.after ?? "2m" } : null });
          }}
        />
        {overflow && (
          <TextField
            label="After"
            help="Such as 90s, 2m or 1h."
            value={overflow.after}
            reason={reasons["overflow.after"] ?? ""}
            onChange={(after) => {
              change({ overflow: { ...overflow, after: after.trim() } });
            }}
          />
        )}
      </div>
    </>
  );
}

/** A whole number; what is none is sent as it is, and refused with the reason. */
export function NumberField(props: { label: string; help?: string; value: number; reason: string; onChange: (value: number) => void }) {
  const { value, onChange, ...labelled } = props;
  return (
    <TextField
      {...labelled}
      value={String(value)}
      onChange={(text) => {
        onChange((/^\d{1,9}$/.test(text.trim()) ? Number(text) : text) as number);
      }}
    />
  );
}

function Deleting({ name }: { name: string }) {
  return (
    <p>
      <Ask
        label="Delete this team"
        question={`Delete the team ${name}?`}
        isDanger
        act={async () => {
          await deleteTeam(name);
          navigate(address("teams"), { anyway: true });
        }}
      >
        <p>Its agents stay. A team that rules or other teams send conversations to is not deleted.</p>
      </Ask>
    </p>
  );
}
