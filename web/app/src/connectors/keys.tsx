/** The secrets of a connector: whether each is set, and the way to set another; never what they are. */
import { Check, CircleDashed } from "lucide";

import { SetSecret } from "../secrets/set-secret.tsx";
import { Icon } from "../ui/icon.tsx";
import type { Connector } from "./connectors.ts";

/** Show the secrets of *connector*. */
export function Keys({ connector, onDone }: { connector: Connector; onDone: () => void }) {
  return (
    <section class="site-section" aria-labelledby="keys">
      <h2 class="site-section-title" id="keys">
        Secrets
      </h2>
      <ul class="keys">
        {connector.secrets.map((one) => (
          <li key={one.name}>
            <code>{one.name}</code>
            <span class="health" data-state={one.set ? "ok" : "unknown"}>
              <Icon node={one.set ? Check : CircleDashed} size={16} />
              <span>{one.set ? "Set" : "Not set"}</span>
            </span>
            <SetSecret label={one.set ? "Replace" : "Set"} name={one.name} onDone={onDone} look="text-button" />
          </li>
        ))}
      </ul>
      <p class="help">They go on every call here, and no function can read them.</p>
    </section>
  );
}
