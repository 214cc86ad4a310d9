/** What narrows the list of runs down; every choice is a step that can be gone back. */
import { address, navigate } from "../router.ts";
import { STARTERS, STATES } from "../functions/words.ts";
import { searchOf, SPANS, type RunFilter } from "./filter.ts";
import type { RunList } from "./run-list.ts";

/** Show the choices of *filter*; *names* are the functions there are. */
export function Filters({ filter, names, list }: { filter: RunFilter; names: readonly string[]; list: RunList }) {
  const change = (part: Partial<Record<keyof RunFilter, string>>): void => {
    navigate(address("runs") + searchOf({ ...filter, ...part } as RunFilter));
  };
  // Runs outlive their functions, so the one in the address may not be among them.
  const known = filter.function && !names.includes(filter.function) ? [filter.function, ...names] : names;
  return (
    <div class="run-filters" role="group" aria-label="Which runs">
      <Choice
        label="Function"
        value={filter.function}
        options={[["", "All functions"], ...known.map((name): [string, string] => [name, name])]}
        onChange={(name) => {
          change({ function: name });
        }}
      />
      <Choice
        label="State"
        value={filter.state}
        options={[["", "Any end"], ...Object.entries(STATES)]}
        onChange={(state) => {
          change({ state });
        }}
      />
      <Choice
        label="Set off by"
        value={filter.trigger}
        options={[["", "Set off by anything"], ...Object.entries(STARTERS)]}
        onChange={(trigger) => {
          change({ trigger });
        }}
      />
      <Choice
        label="Time"
        value={filter.span}
        options={SPANS.map(([span, name]): [string, string] => [span, name])}
        onChange={(span) => {
          change({ span });
        }}
      />
      <label class="run-follow">
        <input
          type="checkbox"
          checked={list.isFollowing.value}
          onChange={(event) => {
            list.follow(event.currentTarget.checked);
          }}
        />
        Follow
      </label>
    </div>
  );
}

function Choice(props: {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
}) {
  return (
    <select
      class="input select"
      aria-label={props.label}
      value={props.value}
      onChange={(event) => {
        props.onChange(event.currentTarget.value);
      }}
    >
      {props.options.map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  );
}
