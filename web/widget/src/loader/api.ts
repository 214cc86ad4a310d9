/**
 * `window.HubSpotConversations`: the API that pages written for HubSpot call.
 *
 * Invariant: no call throws into the host page, and nothing of a token is written to it.
 */

import { Bridge, type Place } from "./bridge.ts";
import { clearCookies } from "./cookies.ts";
import { Events } from "./events.ts";
import { readSettings, type Settings } from "./settings.ts";
import { throttle } from "./throttle.ts";

/** The globals of the page that this API reads and defines. */
export interface HostWindow {
  hsConversationsSettings?: unknown;
  hsConversationsOnReady?: unknown;
  HubSpotConversations?: unknown;
  hubspot_live_messages_running?: boolean;
}

type Fields = Record<string, unknown> | undefined;

const ENDING_MS = 3000;

/** Say one thing on the console, with the product's name before it. */
export function warn(text: unknown): void {
  console.warn("[callingcard]", text);
}

/** Find where the page wants the chat; null for the corner of the window. */
function placeIn({ inlineEmbedSelector: selector, disableInitialInputFocus }: Settings): Element | null {
  const into = selector ? document.querySelector(selector) : null;
  if (selector && !into) warn(`inlineEmbedSelector: nothing on this page is ${selector}`);
  if (disableInitialInputFocus && !into) warn("disableInitialInputFocus needs an inlineEmbedSelector");
  return into;
}

/** Build the API for the widget at *place*. */
export function makeApi(host: HostWindow, place: Place) {
  const events = new Events();
  let bridge: Bridge | null = null;
  let asked = false;
  let whenEnded: (() => void) | null = null;

  const settings = (): Settings => readSettings(host.hsConversationsSettings, warn);
  const identity = (from: Settings) => ({ email: from.identificationEmail.trim(), token: from.identificationToken });
  const finishEnding = (): void => {
    const next = whenEnded;
    whenEnded = null;
    next?.();
  };
  const create = (open: boolean): void => {
    asked = true;
    const from = settings();
    const into = placeIn(from);
    const look = { inline: into !== null, focus: !from.disableInitialInputFocus, newThread: !from.hideNewThreadLink };
    bridge = new Bridge(place, { into, look }, identity(from), open, {
      event: (name, payload) => { events.emit(name, payload); },
      ended: finishEnding,
      gone: remove,
    });
  };
  const load = (options: Fields): void => {
    const open = options?.widgetOpen === true;
    if (!bridge) {
      create(open);
      return;
    }
    bridge.identify(identity(settings()));
    if (open) bridge.send({ type: "open" });
  };
  const remove = (): void => {
    bridge?.remove();
    bridge = null;
  };
  const clear = (options: Fields): void => {
    clearCookies(document);
    if (!bridge) return;
    const reset = options?.resetWidget === true;
    bridge.send({ type: "end", stay: !reset });
    if (!reset) {
      bridge.identify(identity(settings()));
      return;
    }
    // The frame is taken away only after it has told the server, if that takes not too long.
    const late = setTimeout(finishEnding, ENDING_MS);
    whenEnded = () => {
      clearTimeout(late);
      remove();
      create(false);
    };
  };

  /** Guard a call: nothing it does may throw into the page. */
  const safe = <R>(run: (...args: never[]) => R) => (...args: unknown[]): R | undefined => {
    try {
      return run(...(args as never[]));
    } catch (error) {
      warn(error);
      return undefined;
    }
  };
  /** Guard a call that makes sense only once the widget was asked for. */
  const later = (run: (options: Fields) => void) => safe((options: Fields) => {
    if (asked || settings().loadImmediately) run(options);
    else warn("loadImmediately is set to false and widget.load() has not been called on window.HubSpotConversations yet. Please call widget.load() first.");
  });

  return {
    widget: {
      load: safe(throttle(safe(load))),
      refresh: later(throttle(safe((options: Fields): void => {
        bridge?.refresh(identity(settings()), options?.openToNewThread === true);
      }))),
      open: later(() => {
        if (bridge) bridge.send({ type: "open" });
        else create(true);
      }),
      close: later(() => { bridge?.send({ type: "close" }); }),
      remove: later(remove),
      status: () => ({ loaded: bridge?.loaded ?? false }),
    },
    clear: later(clear),
    resetAndReloadWidget: later(() => { clear({ resetWidget: true }); }),
    on: safe((name: string, handler: (payload: unknown) => void) => { events.on(name, handler); }),
    off: safe((name: string, handler: (payload: unknown) => void) => { events.off(name, handler); }),
    debug: safe(() => { console.log("[callingcard]", { ...place, loaded: bridge?.loaded ?? false, identified: settings().identificationToken !== "" }); }),
  };
}

/** What pages call. */
export type Api = ReturnType<typeof makeApi>;
