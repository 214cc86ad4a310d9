/** Says, when types are checked, that what the server sends is what this page takes it for. Nothing of it runs. */
import type { components } from "@callingcard/kit/schema.d.ts";

import type { Fits } from "../secrets/types.check.ts";
import type { Alerts } from "./alerts.ts";

export type Checks = [Fits<components["schemas"]["AlertsShown"], Alerts>];
