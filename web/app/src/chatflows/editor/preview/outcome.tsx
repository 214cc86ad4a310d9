/** What comes of an imagined talk: where it goes, what is saved, and why. */
import { propertyWords, type Property } from "../../../conditions/properties.ts";
import { sentences } from "../../../sites/words.ts";
import type { Simulation } from "../../chatflows.ts";
import { traceWords, type Did } from "../../words.ts";

/** Where the visitor goes, what is kept of what they said, and each step in words. */
export function Outcome({ shown, properties }: { shown: Simulation; properties: readonly Property[] }) {
  const changes = Object.entries(shown.contactChanges);
  return (
    <div class="outcome">
      {shown.route && <p>{routeWords(shown.route)}</p>}
      {changes.length > 0 && (
        <dl class="outcome-changes">
          {changes.map(([name, value]) => (
            <div key={name}>
              <dt>Saves {propertyWords(`contact.${name}`, properties)}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <details class="more-fields">
        <summary>Why</summary>
        <Trace did={traceWords(shown.trace, properties)} />
      </details>
    </div>
  );
}

/** Where a conversation goes, in a sentence. */
export function routeWords(route: { team: string | null; priority: string; rule: string | null }): string {
  const team = route.team === null ? "Anybody may answer" : `Goes to the team ${route.team}`;
  const priority = route.priority === "normal" ? "" : `, with ${route.priority} priority`;
  const rule = route.rule === null ? "" : `, by the rule “${route.rule}”`;
  return `${team}${priority}${rule}.`;
}

/** What was done, step by step. */
export function Trace({ did }: { did: readonly Did[] }) {
  return (
    <ol class="trace">
      {did.map((one, index) => (
        <li key={index}>
          {one.step !== null && <code>{one.step}</code>} {sentences(one.text)}
          {one.parts.length > 0 && (
            <ul>
              {one.parts.map((part, at) => (
                <li key={at}>{part}</li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ol>
  );
}
