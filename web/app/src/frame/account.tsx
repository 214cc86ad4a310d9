/** Whose desk this is: the workspace, the agent, the theme, and the way out. */
import type { AgentSession } from "@callingcard/kit/api.ts";
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";

import { leaveHouse, openHouse } from "../inbox/house.ts";
import { ownSending } from "../inbox/sending.ts";
import { signOut } from "../session/session.ts";
import { problemFrom } from "../ui/states.tsx";
import { chooseTheme, theme, type Theme } from "../ui/theme.ts";

const THEMES: readonly [Theme, string][] = [
  ["system", "System"],
  ["light", "Light"],
  ["dark", "Dark"],
];

/** The button at the foot of the rail, and the panel it opens. */
export function Account({ session }: { session: AgentSession }) {
  const { agent, workspace } = session;
  return (
    <div class="account">
      <button type="button" class="account-button" popovertarget="account" title={`${agent.name}, ${workspace}`}>
        <span class="avatar" aria-hidden="true">
          {initials(agent.name)}
        </span>
        <span class="rail-label account-names">
          <span dir="auto">{agent.name}</span>
          <span class="text-muted" dir="auto">
            {workspace}
          </span>
        </span>
        <span class="sr-only">Account</span>
      </button>
      <div class="panel account-panel" id="account" popover="auto">
        <p class="account-who">
          <strong dir="auto">{agent.name}</strong>
          <span class="text-muted">{agent.email}</span>
          <span class="text-muted" dir="auto">
            {workspace}
          </span>
        </p>
        <ThemeChoice />
        <SignOut />
      </div>
    </div>
  );
}

function ThemeChoice() {
  return (
    <fieldset class="segments">
      <legend>Theme</legend>
      {THEMES.map(([value, name]) => (
        <label key={value}>
          <input
            type="radio"
            name="theme"
            checked={theme.value === value}
            onChange={() => {
              chooseTheme(value);
            }}
          />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

function SignOut() {
  const problem = useSignal<Problem | null>(null);
  async function leave(): Promise<void> {
    // While there is a session to say so with.
    await leaveHouse();
    try {
      await signOut();
      ownSending(null);
    } catch (error) {
      problem.value = problemFrom(error);
      openHouse();
    }
  }
  return (
    <>
      {problem.value && (
        <p class="form-error" role="alert">
          Still signed in. {problem.value.message}
        </p>
      )}
      <button type="button" class="button" onClick={() => void leave()}>
        Sign out
      </button>
    </>
  );
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => Array.from(word ?? "")[0] ?? "").join("");
}
