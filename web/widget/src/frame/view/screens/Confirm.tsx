/** Proving an address: first where to send the code, then the code. */

import { useEffect, useRef } from "preact/hooks";
import type { Confirming } from "../../person/confirming.ts";
import type { Room } from "../../room.ts";
import { WORDS } from "../../words.ts";

/** Draw the step that is due. */
export function Confirm({ room }: { room: Room }) {
  const { confirming } = room;
  const sent = confirming.stage.value === "code";
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => { field.current?.focus(); }, [sent]);
  const submit = (event: Event) => {
    event.preventDefault();
    void (sent ? confirming.verify() : confirming.send());
  };
  const problem = confirming.problem.value;
  const about = { ref: field, id: "proof", "aria-invalid": problem !== "", "aria-describedby": "proof-fault" };
  return (
    <section class="screen" aria-labelledby="confirm">
      <h2 id="confirm">{WORDS.confirm}</h2>
      <p class="muted" role="status">{sent ? WORDS.codeSent(confirming.email.value.trim()) : WORDS.confirmWhy}</p>
      <form noValidate onSubmit={submit}>
        <div class="field">
          <label for="proof">{sent ? WORDS.code : WORDS.email}</label>
          {sent ? (
            <input {...about} key="code" class="code" inputMode="numeric" autocomplete="one-time-code" maxLength={12} value={confirming.code.value} onInput={(event) => { confirming.code.value = event.currentTarget.value; }} />
          ) : (
            <input {...about} key="email" type="email" autocomplete="email" maxLength={254} value={confirming.email.value} onInput={(event) => { confirming.email.value = event.currentTarget.value; }} />
          )}
          <p id="proof-fault" class="fault" role="alert">{problem}</p>
        </div>
        <button type="submit" class="primary" disabled={confirming.busy.value}>{sent ? WORDS.check : WORDS.sendCode}</button>
        {sent && <Others confirming={confirming} />}
      </form>
    </section>
  );
}

function Others({ confirming }: { confirming: Confirming }) {
  return (
    <p class="others">
      <button type="button" class="link" disabled={confirming.busy.value} onClick={() => { void confirming.send(); }}>{WORDS.newCode}</button>
      <button type="button" class="link" onClick={() => { confirming.back(); }}>{WORDS.otherAddress}</button>
    </p>
  );
}
