/** Says, when types are checked, that what the server sends is what these pages take it for. Nothing of it runs. */
import type { components } from "@callingcard/kit/schema.d.ts";

import type { Fits } from "../secrets/types.check.ts";
import type { Template } from "./templates.ts";

export type Checks = [Fits<components["schemas"]["TemplateShown"], Template>];
