/** A page with HubSpot's widget for tests of sessions: what it was told, and what was heard. */
import { afterEach, beforeEach, vi, type MockInstance } from "vitest";
import type { Door } from "./door.ts";
import { Events, type EventName } from "./events.ts";
import { fakeServer, fakeWidget, type Answer } from "./fakes.ts";
import { hubspot } from "./platforms/hubspot.ts";
import { Widget } from "./platforms/widget.ts";
import { Session } from "./session.ts";

export const HOUR = 3_600_000;
export const events = new Events();

/** Made anew for each test. */
export const page = {
  heard: [] as string[],
  widget: fakeWidget(),
  warn: null as unknown as MockInstance<typeof console.warn>,
  tabs: [] as FakeChannel[],
};

/** Tabs of one browser; the real one delivers between threads, which no fake clock moves. */
export class FakeChannel {
  onmessage: ((event: { data: unknown }) => void) | null = null;

  constructor(readonly name: string) {
    page.tabs.push(this);
  }

  postMessage(data: unknown): void {
    for (const other of page.tabs) if (other !== this) other.onmessage?.({ data });
  }
}

/** Make a session, as a page does when it loads. */
export function open(
  url: string | null = "/chat/token",
  proof?: string | null,
  more: Partial<Door> = {},
): Session {
  const trouble = (error: unknown): void => {
    session.complain(error);
  };
  const surroundings = { trouble, verdict: trouble, refresh: vi.fn(), fresh: vi.fn() };
  const session: Session = new Session(
    { url, proof: () => Promise.resolve(proof), ...more },
    new Widget(surroundings, hubspot()),
    events,
  );
  return session;
}

/** Make a session and let it ask once. */
export async function opened(...answers: Answer[]) {
  const server = fakeServer(...answers);
  const session = open();
  await session.refresh();
  return { server, session };
}

/** Put a widget on the page that was told nothing, as after a page load. */
export function freshWidget(): void {
  page.widget = fakeWidget();
  window.HubSpotConversations = page.widget.chat;
}

/** Set the page up before each test of a file, and clear it away after. */
export function setTheStage(): void {
  let listening: AbortController;

  beforeEach(() => {
    vi.useFakeTimers({ now: new Date("2030-01-01T12:00:00Z") });
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    page.warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    page.tabs = [];
    page.heard = [];
    vi.stubGlobal("BroadcastChannel", FakeChannel);
    localStorage.clear();
    window.hsConversationsSettings = {};
    freshWidget();
    listening = leaveNoListeners();
  });

  afterEach(() => {
    listening.abort();
    vi.clearAllTimers();
    vi.useRealTimers();
    delete window.HubSpotConversations;
    delete window.hsConversationsSettings;
  });
}

/** Sessions live as long as their page; here one page serves many tests. */
function leaveNoListeners(): AbortController {
  const listening = new AbortController();
  for (const target of [window, document]) {
    const listen = target.addEventListener.bind(target);
    vi.spyOn(target, "addEventListener").mockImplementation((name: string, act: unknown) => {
      listen(name, act as EventListener, { signal: listening.signal });
    });
  }
  return listening;
}

for (const name of ["identified", "anonymous", "refreshed", "loggedOut", "error"] as EventName[]) {
  events.on(name, () => page.heard.push(name));
}
