/** Stand-ins for tests: a widget that records what it was told, and a server with a script. */
import { vi } from "vitest";

/** What HubSpot's loader would define, and the settings it saw at each call. */
export function fakeWidget() {
  const calls: string[] = [];
  const note = (name: string) => (): void => {
    const token = String(window.hsConversationsSettings?.identificationToken);
    calls.push(token ? `${name} ${token}` : name);
  };
  let loaded = false;
  const load = note("load");
  const chat = {
    widget: {
      load: () => {
        loaded = true;
        load();
      },
      refresh: note("refresh"),
      status: () => ({ loaded }),
    },
    clear: ({ resetWidget }: { resetWidget: boolean }) => {
      note(resetWidget ? "clear and reset" : "clear")();
    },
  };
  return { calls, chat, preload: () => (loaded = true) };
}

const HOUR = 3_600_000;

/** A token answer that should be renewed after 11 hours and dies after 12. */
export function granted(token: string, email = "ada@example.com", platform = "hubspot") {
  return () =>
    Response.json({
      platform,
      token,
      identity: { email },
      settings: { identificationEmail: email, identificationToken: token, loadImmediately: true },
      refreshAt: new Date(Date.now() + 11 * HOUR).toISOString(),
      expiresAt: new Date(Date.now() + 12 * HOUR).toISOString(),
    });
}

/** Nobody is signed in. */
export const nobody = () => new Response(null, { status: 204 });

/** A problem answer. */
export const problem = (status: number, code: string, headers = {}) => () =>
  Response.json({ status, code }, { status, headers });

export type Answer = () => Response | Promise<Response>;

/** Answer each request with the next of *answers*, the last one for ever. */
export function fakeServer(...answers: Answer[]) {
  const requests: { method: string; url: string; init: RequestInit }[] = [];
  const fetching = vi.fn(async (url: string, init: RequestInit = {}) => {
    requests.push({ method: init.method ?? "GET", url, init });
    if (init.method === "DELETE") return nobody();
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return (answer ?? nobody)();
  });
  vi.stubGlobal("fetch", fetching);
  const asked = () => requests.filter(({ method }) => method === "POST").length;
  return { requests, asked };
}
