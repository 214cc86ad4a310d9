/**
 * Adds a key: one that is made here and shown once, or a public one.
 *
 * Invariant: the secret lives in this dialog and goes with it.
 */
import { useSignal } from "@preact/signals";

import { SelectField, TextField } from "../../sites/form/fields.tsx";
import { DialogButton, DialogForm } from "../../forms/dialog-form.tsx";
import { makeKey, type MadeKey, type NewKey } from "../inboxes.ts";
import { keyReasons } from "../words.ts";
import { SecretOnce } from "../secret-once.tsx";

const ALGORITHMS: readonly (readonly [NewKey["algorithm"], string])[] = [
  ["HS256", "A shared secret (HS256)"],
  ["RS256", "My own key pair: RSA (RS256)"],
  ["ES256", "My own key pair: P-256 (ES256)"],
  ["EdDSA", "My own key pair: Ed25519 (EdDSA)"],
];

/** A button that opens the form. */
export function AddKey({ inbox, isFull, onDone }: { inbox: string; isFull: boolean; onDone: () => void }) {
  const made = useSignal<MadeKey | null>(null);
  return (
    <DialogButton
      label="Add key"
      title={made.value?.secret ? "Copy the secret now" : "Add a key"}
      disabled={isFull}
      onClosed={() => {
        if (made.value) onDone();
        made.value = null;
      }}
    >
      {({ close }) =>
        made.value?.secret ? (
          <SecretOnce name={made.value.kid} secret={made.value.secret} close={close}>
            Keep it on your backend, in the environment variable <code>CALLINGCARD_SIGNING_SECRET</code>, and in no page. It is
            not shown again.
          </SecretOnce>
        ) : (
          <Fields
            inbox={inbox}
            close={close}
            onMade={(key) => {
              made.value = key;
              if (key.secret === null) close();
            }}
          />
        )
      }
    </DialogButton>
  );
}

function Fields(props: { inbox: string; close: () => void; onMade: (made: MadeKey) => void }) {
  const algorithm = useSignal<NewKey["algorithm"]>("HS256");
  const kid = useSignal("");
  const publicKey = useSignal("");
  function given(): NewKey {
    const key: NewKey = { algorithm: algorithm.value };
    if (kid.value) key.kid = kid.value;
    if (key.algorithm !== "HS256") key.publicKey = `${publicKey.value.trim()}\n`;
    return key;
  }
  return (
    <DialogForm
      label="Add key"
      busyLabel="Adding"
      cancel={props.close}
      check={() => keyReasons(given())}
      save={async () => {
        props.onMade(await makeKey(props.inbox, given()));
      }}
    >
      {(reasons) => (
        <>
          <SelectField
            label="Kind"
            value={algorithm.value}
            options={ALGORITHMS}
            help={
              algorithm.value === "HS256"
                ? "A secret is made here and shown once."
                : "You keep the private key; only the public one is given here."
            }
            reason={reasons["algorithm"] ?? ""}
            onChange={(chosen) => {
              algorithm.value = chosen as NewKey["algorithm"];
            }}
          />
          {algorithm.value !== "HS256" && (
            <TextField
              label="Public key"
              mono
              rows={5}
              placeholder="-----BEGIN PUBLIC KEY-----"
              value={publicKey.value}
              reason={reasons["publicKey"] ?? ""}
              onChange={(text) => {
                publicKey.value = text;
              }}
            />
          )}
          <TextField
            label="Key id"
            help="What tokens name it by (kid). Left empty, one is made up."
            value={kid.value}
            reason={reasons["kid"] ?? ""}
            onChange={(text) => {
              kid.value = text.trim();
            }}
          />
        </>
      )}
    </DialogForm>
  );
}
