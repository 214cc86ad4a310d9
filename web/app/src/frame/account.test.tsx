import type { AgentSession } from "@callingcard/kit/api.ts";
import { cleanup, render, screen, waitFor } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { closeHouse, openHouse } from "../inbox/house.ts";
import { session } from "../session/session.ts";
import { Account } from "./account.tsx";

const GRACE: AgentSession = { agent: { id: "a1", name: "Grace", email: "g@example.com", role: "agent" }, workspace: "Shop" };
const PRESENCE = "PUT /v1/inbox/presence";
const SESSION = "DELETE /v1/app/session";
let told: string[];
let broken: string;

beforeEach(() => {
  told = [];
  broken = "";
  localStorage.clear();
  session.value = GRACE;
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
    const asked = `${init?.method ?? "GET"} ${path}`;
    if (asked.startsWith("GET")) return Promise.resolve(Response.json({ agents: [], teams: [] }));
    told.push(asked === PRESENCE ? `${asked} ${init?.body as string}` : asked);
    return Promise.resolve(asked === broken ? Response.json({ code: "x" }, { status: 503 }) : new Response(null, { status: 204 }));
  });
});
afterEach(() => {
  cleanup();
  closeHouse();
  session.value = null;
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function leave(): Promise<void> {
  render(<Account session={GRACE} />);
  await userEvent.setup().click(screen.getByText("Sign out"));
}

test("who signs out is away first, and stays available for when they come back", async () => {
  openHouse();
  await leave();
  await waitFor(() => {
    expect(session.value).toBeNull();
  });
  expect(told).toEqual([`${PRESENCE} {"status":"online"}`, `${PRESENCE} {"status":"away"}`, SESSION]);
  expect(localStorage.getItem("callingcard.presence")).toBeNull();
});

test("a server that does not hear of it keeps nobody from signing out", async () => {
  broken = PRESENCE;
  const noted = vi.spyOn(console, "warn").mockReturnValue();
  await leave();
  await waitFor(() => {
    expect(session.value).toBeNull();
  });
  expect([told.at(-1), noted.mock.calls.length]).toEqual([SESSION, 1]);
});

test("who could not be signed out is told, and is here again", async () => {
  broken = SESSION;
  await leave();
  expect((await screen.findByRole("alert")).textContent).toContain("Still signed in.");
  await waitFor(() => {
    expect(told).toEqual([`${PRESENCE} {"status":"away"}`, SESSION, `${PRESENCE} {"status":"online"}`]);
  });
});
