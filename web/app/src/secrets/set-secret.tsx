/**
 * Sets a secret: a value goes in and is never seen again.
 *
 * Invariant: what is typed lives in this dialog alone and goes when the dialog does.
 */
import { useSignal } from "@preact/signals";

import { DialogButton, DialogForm } from "../forms/dialog-form.tsx";
import { SecretField, TextField } from "../sites/form/fields.tsx";
import { setSecret } from "./secrets.ts";
import { secretReasons, valueOf } from "./words.ts";

/** A button that opens the dialog; without *name* it asks for one. */
export function SetSecret(props: { label: string; name?: string; onDone: () => void; look?: string }) {
  const { label, name, onDone, look = "button button-primary" } = props;
  return (
    <DialogButton label={label} about={name ?? ""} look={look} title={name ?? "Set a secret"}>
      {({ close }) => (
        <SecretForm
          label={name === undefined ? "Set" : label}
          name={name}
          cancel={close}
          onDone={() => {
            close();
            onDone();
          }}
        />
      )}
    </DialogButton>
  );
}

function SecretForm(props: { label: string; name: string | undefined; cancel: () => void; onDone: () => void }) {
  const { label, name, cancel, onDone } = props;
  const typed = useSignal(name ?? "");
  const value = useSignal("");
  return (
    <DialogForm
      label={label}
      busyLabel="Saving"
      cancel={cancel}
      check={() => secretReasons(typed.value, value.value)}
      save={async () => {
        await setSecret(typed.value, valueOf(value.value));
        onDone();
      }}
    >
      {(reasons) => (
        <>
          {name === undefined && (
            <TextField
              label="Name"
              help="Such as SHOP_KEY. A secret of this name is replaced."
              mono
              value={typed.value}
              reason={reasons["name"] ?? ""}
              onChange={(text) => {
                typed.value = text.trim().toUpperCase();
              }}
            />
          )}
          <SecretField
            label={name === undefined ? "Value" : "New value"}
            help="Kept sealed. Nobody sees it again, you neither."
            entry={{ text: value.value, stored: false }}
            required
            rows={3}
            reason={reasons["value"] ?? ""}
            onChange={(entry) => {
              value.value = entry.text;
            }}
          />
        </>
      )}
    </DialogForm>
  );
}
