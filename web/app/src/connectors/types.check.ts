/**
 * Says, when types are checked, that what the server sends is what these pages take it for.
 *
 * Nothing of it runs. What the server calls any JSON is left out of the comparison.
 */
import type { components } from "@callingcard/kit/schema.d.ts";

import type { Fits } from "../secrets/types.check.ts";
import type { Check, Connector, Drift } from "./connectors.ts";

type Server = components["schemas"];
type AnyJson = "auth" | "definition";

export type Checks = [
  Fits<Omit<Server["ConnectorShape"], AnyJson>, Omit<Connector, AnyJson>>,
  Fits<Server["CheckShape"], Check>,
  Fits<Server["DriftFoundShape"], Drift>,
];
