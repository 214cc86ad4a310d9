/** Whose a conversation is: one choice of a colleague, a team, or nobody. */
import { agentWords, colleagues, reader } from "../house.ts";
import { assign, inbox, sendToTeam } from "../store.ts";
import type { Colleague, Conversation } from "../types.ts";

const NOBODY = "nobody";

/** Show whose *conversation* is, and hand it on; *act* shows what goes wrong. */
export function Handing(props: {
  conversation: Conversation;
  busy: boolean;
  act: (work: () => Promise<void>) => Promise<void>;
}) {
  const { conversation, busy, act } = props;
  const { id, assignedTo, team } = conversation;
  const own = reader.value.id;
  const value = valueOf(conversation);
  const hand = (choice: string): Promise<void> => {
    if (choice === NOBODY) return assign(id, null);
    return choice.startsWith("team:") ? sendToTeam(id, choice.slice(5)) : assign(id, choice.slice(6));
  };
  return (
    <>
      {assignedTo === null && conversation.status === "open" && (
        <button type="button" class="button" disabled={busy} onClick={() => void act(() => assign(id, own))}>
          Take
        </button>
      )}
      <select
        class="input select handing"
        aria-label="Whose conversation it is"
        value={value}
        disabled={busy}
        onChange={(event) => {
          const control = event.currentTarget;
          void act(() => hand(control.value)).then(() => {
            // When it failed, the choice goes back to what is so.
            control.value = valueOf(inbox.value.conversations.get(id) ?? conversation);
          });
        }}
      >
        <option value={NOBODY}>Unassigned</option>
        {assignedTo !== null && !colleagues.value.agents.some((one) => one.id === assignedTo) && (
          <option value={`agent:${assignedTo}`}>{capital(agentWords(assignedTo))}</option>
        )}
        <optgroup label="People">
          {[...colleagues.value.agents].sort(byUse(own)).map((one) => (
            <option key={one.id} value={`agent:${one.id}`}>
              {one.id === own ? "You" : one.name}
              {one.status === "away" && one.id !== own ? " (away)" : ""}
            </option>
          ))}
        </optgroup>
        {(colleagues.value.teams.length > 0 || team !== null) && (
          <optgroup label="Teams">
            {team !== null && !colleagues.value.teams.some((one) => one.name === team) && (
              <option value={`team:${team}`}>Queue of {team}</option>
            )}
            {colleagues.value.teams.map((one) => (
              <option key={one.name} value={`team:${one.name}`}>
                Queue of {one.name}
              </option>
            ))}
          </optgroup>
        )}
      </select>
    </>
  );
}

function valueOf({ assignedTo, team, queuedAt }: Conversation): string {
  if (assignedTo !== null) return `agent:${assignedTo}`;
  return team !== null && queuedAt !== null ? `team:${team}` : NOBODY;
}

/** Oneself first, then those who are here. */
function byUse(own: string): (a: Colleague, b: Colleague) => number {
  const rank = (one: Colleague): number => (one.id === own ? 0 : one.status === "online" ? 1 : 2);
  return (a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name);
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
