/**
 * callingcard.js as an ES module: call `start` once, then the rest as needed.
 *
 * Anything called before `start` waits for it.
 */
import { Events, type EventName, type Handler } from "./events.ts";
import { followNavigation } from "./navigation.ts";
import type { Claim } from "./door.ts";
import { doorOf, widgetOf, type Options } from "./options.ts";
import { widgetFor, widgetName } from "./platforms/vendors.ts";
import { Session } from "./session.ts";

export type { Claim } from "./door.ts";
export type { EventName, Handler, Happenings, Identity } from "./events.ts";
export type { Options } from "./options.ts";

const events = new Events();
let session: Session | undefined;
let begun: (session: Session) => void;
const beginning = new Promise<Session>((resolve) => {
  begun = resolve;
});

/** Find out who is signed in, open the chat, and keep it in step from then on. */
export function start(options: Options): void {
  if (session) return;
  const door = doorOf(options);
  const { platform = "hubspot", origin = "", base = `${origin}/`, app, nonce } = options;
  const trouble = (error: unknown): void => session?.complain(error);
  const page = {
    app,
    widget: widgetOf(options),
    nonce,
    trouble,
    verdict(error?: unknown) {
      if (error) trouble(new Error("the chat platform did not accept the token"));
    },
    refresh: () => running((it) => it.refresh()),
    fresh: (seen?: string) => running((it) => it.fresh(seen)),
  };
  const widget = widgetFor(platform, page, base);
  session = new Session(door, widget, events, widgetName(platform));
  begun(session);
  followNavigation(widget.moved);
  void session.refresh();
}

/**
 * Find out who is signed in now, after a sign-in without a page load.
 *
 * *who* is a proof to use on this page from now on, or on a landing page with a publishable
 * key who the visitor says they are; null forgets either.
 */
export function identify(who?: string | Claim | null): Promise<void> {
  return running((it) => it.identify(who));
}

/** Make the chat forget who was here; call it before or while signing out. */
export function logout(): Promise<void> {
  return running((it) => it.logout());
}

/** Fetch a newer token now; an open conversation is not disturbed. */
export function refresh(): Promise<void> {
  return running((it) => it.refresh());
}

/** Give the token in use, or null when the chat is anonymous. */
export function token(): Promise<string | null> {
  return running((it) => it.token());
}

/** Call *handler* each time *name* happens. */
export function on<Name extends EventName>(name: Name, handler: Handler<Name>): void {
  events.on(name, handler);
}

/** Stop calling *handler*. */
export function off<Name extends EventName>(name: Name, handler: Handler<Name>): void {
  events.off(name, handler);
}

/** Not `beginning.then` alone: a sign-out must clear the chat before the page can leave. */
function running<Result>(act: (it: Session) => Promise<Result>): Promise<Result> {
  return session ? act(session) : beginning.then(act);
}
