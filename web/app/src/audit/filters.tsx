/** What narrows the audit log down; every choice is a step that can be gone back. */
import { colleagues } from "../inbox/house.ts";
import { address, navigate } from "../router.ts";
import { ACTIONS, KINDS, searchOf, SPANS, thingWords, type AuditFilter } from "./filter.ts";
import { actorWords } from "./who.ts";

type Options = readonly (readonly [string, string])[];

/** Show the choices of *filter*. */
export function Filters({ filter }: { filter: AuditFilter }) {
  const change = (part: Partial<AuditFilter>): void => {
    navigate(address("audit") + searchOf({ ...filter, ...part }));
  };
  const people = colleagues.value.agents.map((one): [string, string] => [one.id, actorWords("agent", one.id)]);
  const who: Options = [["", "Anybody"], ...people, ["callingcard", "Callingcard"]];
  const verbs: Options = [["", "Anything"], ...Object.entries(ACTIONS).map(([name, words]): [string, string] => [name, `${words} …`])];
  return (
    <div class="audit-filters" role="group" aria-label="Which rows">
      <Choice label="Who" value={filter.who} options={who} onChange={(value) => { change({ who: value }); }} />
      <Choice label="What" value={filter.action} options={verbs} onChange={(value) => { change({ action: value }); }} />
      <Choice
        label="To what"
        value={filter.kind}
        options={[["", "Of any kind"], ...Object.entries(KINDS)]}
        onChange={(value) => { change({ kind: value, id: "" }); }}
      />
      <Choice
        label="Time"
        value={filter.span}
        options={SPANS.map(([span, name]): [string, string] => [span, name])}
        onChange={(value) => { change({ span: value }); }}
      />
      {filter.id !== "" && (
        <button type="button" class="button" onClick={() => { change({ id: "" }); }}>
          Only {thingWords({ kind: filter.kind || "thing", id: filter.id })}: show others, too
        </button>
      )}
    </div>
  );
}

/** A choice among *options*; one that is not among them, such as a key, is shown as it is. */
function Choice(props: { label: string; value: string; options: Options; onChange: (value: string) => void }) {
  const { label, value, options, onChange } = props;
  return (
    <select
      class="input select"
      aria-label={label}
      value={value}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
    >
      {!options.some(([known]) => known === value) && <option value={value}>{value}</option>}
      {options.map(([known, words]) => (
        <option key={known} value={known}>
          {words}
        </option>
      ))}
    </select>
  );
}
