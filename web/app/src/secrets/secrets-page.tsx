/** Secrets by name: who set each and when, and what uses it. Their values are never shown. */
import { useSignal } from "@preact/signals";
import { X } from "lucide";

import { Ask } from "../functions/page/ask.tsx";
import { Section, Waiting } from "../functions/section.tsx";
import { session } from "../session/session.ts";
import "../styles/secrets.css";
import { Ago } from "../ui/ago.tsx";
import { Breakable } from "../ui/breakable.tsx";
import { Icon } from "../ui/icon.tsx";
import { usePolled } from "../ui/poll.ts";
import { Empty } from "../ui/states.tsx";
import { relative } from "../ui/time.ts";
import { whoWords } from "../ui/who.ts";
import { deleteSecret, readSecrets, rotateSecrets, SECRETS, type Rotation, type Secret } from "./secrets.ts";
import { SetSecret } from "./set-secret.tsx";
import { rotationLines, userAddress } from "./words.ts";

/** Every secret. */
export function SecretsPage() {
  const polled = usePolled(SECRETS, readSecrets);
  const { value: secrets, again } = polled;
  return (
    <Section title="Secrets" action={secrets && secrets.length > 0 && <SetSecret label="Set a secret" onDone={again} />}>
      <main class="content secrets">
        <Waiting polled={polled} shape="table" />
        {secrets?.length === 0 && (
          <Empty
            title="No secrets yet"
            text="Keys and passwords of other services, kept sealed. Connectors and sites use them by name; functions and people never see them."
          >
            <SetSecret label="Set a secret" onDone={again} />
          </Empty>
        )}
        {secrets && secrets.length > 0 && (
          <>
            <Rotating onDone={again} />
            <Table secrets={secrets} onDone={again} />
          </>
        )}
      </main>
    </Section>
  );
}

function Table({ secrets, onDone }: { secrets: readonly Secret[]; onDone: () => void }) {
  return (
    <table class="table secrets-table">
      <thead>
        <tr>
          <th scope="col">Secret</th>
          <th scope="col">Used by</th>
          <th scope="col" class="wide-only">Set</th>
          <th scope="col" class="secrets-act">
            <span class="sr-only">Change</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {secrets.map((secret) => (
          <Row key={secret.name} secret={secret} onDone={onDone} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ secret, onDone }: { secret: Secret; onDone: () => void }) {
  const { name, usedBy } = secret;
  return (
    <tr>
      <td title={name}>
        <code>
          <Breakable text={name} after="_" />
        </code>
      </td>
      <td title={usedBy.join(", ")}>
        {usedBy.length === 0 && <span class="text-muted">Nothing</span>}
        {usedBy.map((what, index) => (
          <span key={what}>
            {index > 0 && ", "}
            <User what={what} />
          </span>
        ))}
      </td>
      <td class="wide-only text-muted">
        <Ago at={secret.setAt} words={relative} /> by {whoWords(secret.setBy, session.value?.agent.id)}
      </td>
      <td class="secrets-act">
        <SetSecret label="Replace" name={name} onDone={onDone} look="text-button" />
        <Ask
          label="Delete"
          about={name}
          look="text-button"
          question={`Delete ${name}?`}
          isDanger
          act={async () => {
            await deleteSecret(name);
            onDone();
          }}
        >
          <p>
            {usedBy.length === 0
              ? "Nothing uses it. Its value is gone then, and cannot be brought back."
              : `${usedBy.join(" and ")} cannot work without it. Change or delete that first.`}
          </p>
        </Ask>
      </td>
    </tr>
  );
}

function User({ what }: { what: string }) {
  const path = userAddress(what);
  if (path === null) return <>{what}</>;
  return (
    <a class="quiet-link" href={path}>
      {what}
    </a>
  );
}

/** The button that seals everything anew, and what came of it. */
function Rotating({ onDone }: { onDone: () => void }) {
  const done = useSignal<Rotation | null>(null);
  return (
    <div class="reload">
      <p class="text-muted">Values stay as they are when everything is sealed anew: nothing has to be set again.</p>
      <Ask
        label="Rotate"
        about="the key that secrets are sealed with"
        question="Seal everything anew?"
        act={async () => {
          done.value = null;
          done.value = await rotateSecrets();
          onDone();
        }}
      >
        <p>
          Every secret, and what functions keep in storage, is opened and sealed with a new key under the newest server
          key. Values stay the same and everything goes on working meanwhile. Do it after a server key was put in front, or
          when an old one may be known to others.
        </p>
      </Ask>
      <div class="reload-said" role="status">
        {done.value && (
          <div class="notice notice-row">
            <ul class="grow">
              {rotationLines(done.value).map((line) => (
                <li key={line.text} class={line.isProblem ? "text-danger" : ""}>
                  {line.text}
                </li>
              ))}
            </ul>
            <button
              type="button"
              class="icon-button"
              aria-label="Close"
              onClick={() => {
                done.value = null;
              }}
            >
              <Icon node={X} size={16} />
            </button>
          </div>
        )}
      </div>
    </div>
  );
}
