/** The keys that vouch for an inbox's visitors: several at a time, so that a new one can replace an old one in peace. */
import { Ask } from "../../functions/page/ask.tsx";
import { Ago } from "../../ui/ago.tsx";
import { usePolled } from "../../ui/poll.ts";
import { relative } from "../../ui/time.ts";
import { keysPath, readKeys, revokeKey, type SigningKey } from "../inboxes.ts";
import { Waiting } from "../section.tsx";
import { MAX_KEYS } from "../words.ts";
import { AddKey } from "./add-key.tsx";
import { Examples } from "./examples.tsx";

/** Show the keys of *inbox*. */
export function Keys({ inbox }: { inbox: string }) {
  const polled = usePolled(keysPath(inbox), readKeys);
  const { value: keys, again } = polled;
  return (
    <section class="site-section" aria-labelledby="keys">
      <div class="site-section-head">
        <h2 class="site-section-title" id="keys">
          Signing keys
        </h2>
        {keys && <AddKey inbox={inbox} isFull={keys.length >= MAX_KEYS} onDone={again} />}
      </div>
      <p class="text-muted">
        Your backend signs a short token for whoever is signed in, or has this server issue one. To change keys, add one, have
        your backend use it, and revoke the old one when it is not used any more.
      </p>
      <Waiting polled={polled} shape="table" />
      {keys?.length === 0 && <p class="desk-none">No keys yet: only tokens that this server issues are believed.</p>}
      {keys && keys.length > 0 && <Table inbox={inbox} keys={keys} onDone={again} />}
      {keys && keys.length >= MAX_KEYS && <p class="text-muted">There are {MAX_KEYS}, which is the most. Revoke one to add another.</p>}
      {keys?.[0] && <Examples inbox={inbox} keys={keys} />}
    </section>
  );
}

function Table({ inbox, keys, onDone }: { inbox: string; keys: readonly SigningKey[]; onDone: () => void }) {
  return (
    <table class="table desk-table keys-table">
      <thead>
        <tr>
          <th scope="col">Key</th>
          <th scope="col" class="wide-only">Made</th>
          <th scope="col">Last used</th>
          <th scope="col" class="desk-act">
            <span class="sr-only">Revoke</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <Row key={key.kid} inbox={inbox} signingKey={key} isLast={keys.length === 1} onDone={onDone} />
        ))}
      </tbody>
    </table>
  );
}

function Row(props: { inbox: string; signingKey: SigningKey; isLast: boolean; onDone: () => void }) {
  const { kid, algorithm, masked, createdAt, lastUsedAt } = props.signingKey;
  return (
    <tr>
      <td title={kid}>
        <code>{kid}</code>
        <span class="under">
          {algorithm} <code>{masked}</code>
        </span>
      </td>
      <td class="wide-only text-muted">
        <Ago at={createdAt} words={relative} />
      </td>
      <td class="text-muted">{lastUsedAt ? <Ago at={lastUsedAt} words={relative} /> : "Never"}</td>
      <td class="desk-act">
        <Ask
          label="Revoke"
          about={kid}
          look="text-button"
          question={`Revoke ${kid}?`}
          isDanger
          act={async () => {
            await revokeKey(props.inbox, kid);
            props.onDone();
          }}
        >
          <p>
            Tokens that it signed prove nothing from now on, and it cannot be brought back.
            {props.isLast && " It is the only one: until there is another, your backend can sign nobody in."}
          </p>
        </Ask>
      </td>
    </tr>
  );
}
