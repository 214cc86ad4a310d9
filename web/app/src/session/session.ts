/**
 * Who is signed in, and the one way to call the API as that agent.
 *
 * The credential is a cookie that scripts cannot read; this knows only whose it is.
 */
import type { AgentSession } from "@callingcard/kit/api.ts";
import { Problem, request, type RequestOptions } from "@callingcard/kit/request.ts";
import { signal } from "@preact/signals";

const PATH = "/v1/app/session";

/** The agent signed in; null when nobody is; undefined until the server has said. */
export const session = signal<AgentSession | null | undefined>(undefined);

/** Why the session could not be restored, when that was not simply "nobody is signed in". */
export const restoreProblem = signal<Problem | null>(null);

/** Call *path* as the signed-in agent; a 401 shows the sign-in page, wherever it happens. */
export async function call<T>(path: string, options: RequestOptions = {}): Promise<T> {
  try {
    return await request<T>(path, options);
  } catch (error) {
    if (error instanceof Problem && error.status === 401) session.value = null;
    throw error;
  }
}

/** Sign in with an address and a password, or with a one-time ticket. */
export async function signIn(proof: { email: string; password: string } | { ticket: string }): Promise<void> {
  session.value = await request<AgentSession>(PATH, { method: "POST", body: proof });
}

/** End the session on the server; when that fails the reader is still signed in, and told. */
export async function signOut(): Promise<void> {
  await call(PATH, { method: "DELETE" });
  session.value = null;
}

/** Find out who is signed in, using the ticket in the address if there is one. */
export async function restore(): Promise<void> {
  restoreProblem.value = null;
  const ticket = takeTicket();
  try {
    if (ticket) await signIn({ ticket });
    else session.value = await request<AgentSession>(PATH);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (ticket || error.status !== 401) restoreProblem.value = error;
    if (ticket || error.status === 401) session.value = null;
  }
}

/** Take the one-time ticket out of the address, so that it stays in no history. */
export function takeTicket(): string | null {
  const ticket = new URLSearchParams(location.hash.slice(1)).get("ticket");
  if (ticket !== null) history.replaceState(null, "", location.pathname + location.search);
  return ticket;
}
