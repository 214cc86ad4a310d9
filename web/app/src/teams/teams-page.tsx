/** The list of teams: who is in each, how its conversations are given out, and when it is there. */
import { useRef } from "preact/hooks";

import { Section, Waiting } from "../chatflows/section.tsx";
import { address, NEW_TEAM } from "../router.ts";
import { useListKeys } from "../ui/list-keys.ts";
import { useLoad } from "../ui/load.ts";
import { usePolled } from "../ui/poll.ts";
import { Empty } from "../ui/states.tsx";
import { COLLEAGUES, readColleagues, readTeams, TEAMS, type Colleague, type Team } from "./teams.ts";
import { memberWords, STRATEGIES } from "./words.ts";

/** Every team. */
export function TeamsPage() {
  const polled = usePolled(TEAMS, readTeams);
  const colleagues = useLoad(COLLEAGUES, readColleagues);
  const { value: teams } = polled;
  const list = useRef<HTMLElement>(null);
  useListKeys(list);
  const isEmpty = teams?.length === 0;
  return (
    <Section
      title="Teams"
      action={
        teams &&
        !isEmpty && (
          <a class="button button-primary" href={NEW_TEAM}>
            New team
          </a>
        )
      }
    >
      <main class="content" ref={list}>
        <Waiting polled={polled} />
        {isEmpty && (
          <Empty
            title="No teams yet"
            text="A team is the agents who answer the same conversations. Until there is one, any agent may answer anything."
          >
            <a class="button button-primary" href={NEW_TEAM}>
              New team
            </a>
          </Empty>
        )}
        {teams && !isEmpty && <Table teams={teams} colleagues={colleagues.value ?? []} />}
      </main>
    </Section>
  );
}

function Table({ teams, colleagues }: { teams: readonly Team[]; colleagues: readonly Colleague[] }) {
  return (
    <table class="table teams-table">
      <thead>
        <tr>
          <th scope="col">Team</th>
          <th scope="col" class="wide-only">Given out</th>
          <th scope="col" class="number">Online</th>
          <th scope="col" class="number wide-only">Each takes</th>
          <th scope="col" class="wide-only">Office hours</th>
        </tr>
      </thead>
      <tbody>
        {teams.map((team) => {
          const members = memberWords(team.agents, colleagues);
          const online = team.agents.filter((id) => colleagues.some((one) => one.id === id && one.status === "online"));
          return (
            <tr key={team.name}>
              <td>
                <a class="row-link" data-row href={address("teams", team.name)} title={team.name}>
                  {team.name}
                </a>
                <span class="under" dir="auto" title={members}>
                  {members}
                </span>
              </td>
              <td class="wide-only text-muted">{STRATEGIES[team.strategy].name}</td>
              <td class="number">
                {online.length} <span class="text-muted">of {team.agents.length}</span>
              </td>
              <td class="number wide-only text-muted">{team.capacity}</td>
              <td class="wide-only text-muted">{team.hours ?? "Always open"}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
