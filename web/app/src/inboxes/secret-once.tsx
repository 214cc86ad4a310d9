/** A secret that was just made, shown this once. */
import type { ComponentChildren } from "preact";

import { CopyButton } from "../ui/copy.tsx";

/** Show *secret*; *children* say where it belongs. */
export function SecretOnce(props: { name: string; secret: string; close: () => void; children: ComponentChildren }) {
  return (
    <div class="form-group secret-once">
      <p role="status">
        The secret of <code>{props.name}</code>:
      </p>
      <div class="code-block">
        <pre class="code" dir="ltr" tabIndex={0} aria-label="The secret">
          <code>{props.secret}</code>
        </pre>
        <CopyButton text={props.secret} what="the secret" />
      </div>
      <p class="text-muted">{props.children}</p>
      <div class="dialog-buttons">
        <button type="button" class="button button-primary" onClick={props.close}>
          I have kept it
        </button>
      </div>
    </div>
  );
}
