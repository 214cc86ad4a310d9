/** The test of the logged-in experience: its shapes, and the call to the server. */
import type { components } from "@callingcard/kit/schema.d.ts";

import { call } from "../../session/session.ts";

type Schemas = components["schemas"];

/** How one step went, and for which account. */
export type CheckLine = Schemas["CheckLine"];

/** What came of a test. */
export type CheckReport = Schemas["CheckAnswer"];

const CHECK_MS = 120_000; // two accounts come, chat and go

/** Test *inbox* with *contacts*, or with accounts that are made for it. */
export function runCheck(inbox: string, contacts: readonly string[]): Promise<CheckReport> {
  return call<CheckReport>("/v1/desk/checks", { method: "POST", body: { inbox, contacts }, timeoutMs: CHECK_MS });
}
