/** Small things that several pages about connectors show. */
import { CircleCheck, CircleDashed, TriangleAlert } from "lucide";

import { Ago } from "../ui/ago.tsx";
import { Icon } from "../ui/icon.tsx";
import { relative } from "../ui/time.ts";
import { kindOf } from "./auth.ts";
import type { Connector } from "./connectors.ts";

/** How a connector was when it was last called to see: a shape, a word, and how long ago. */
export function CheckMark({ check }: { check: Connector["lastCheck"] }) {
  const state = check === null ? "unknown" : check.ok ? "ok" : "trouble";
  const icon = { unknown: CircleDashed, ok: CircleCheck, trouble: TriangleAlert }[state];
  return (
    <span class="health" data-state={state}>
      <Icon node={icon} size={16} />
      <span>{{ unknown: "Not checked", ok: "Works", trouble: "In trouble" }[state]}</span>
      {check && (
        <span class="health-since">
          <Ago at={check.at} words={relative} />
        </span>
      )}
    </span>
  );
}

/** Where a connector's definition came from. */
export const SOURCES: Readonly<Record<Connector["source"], string>> = {
  "built-in": "Built in",
  file: "From a file",
  app: "Made here",
};

/** The secrets of *connector* that have no value, as a sentence; "" when it has all. */
export function missingWords(connector: Pick<Connector, "secrets">): string {
  const missing = connector.secrets.filter((one) => !one.set).map((one) => one.name);
  if (missing.length === 0) return "";
  return `It has no key yet: set ${missing.join(" and ")}.`;
}

/** What stands in the place of the address of a connector that has none to show. */
export function noAddress(connector: Pick<Connector, "auth">): string {
  return kindOf(connector.auth ?? undefined) === "url" ? "Secret" : "None";
}
