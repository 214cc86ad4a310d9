/** Starts the widget on a page, once. */

import { makeApi, warn, type HostWindow } from "./api.ts";
import type { Place } from "./bridge.ts";
import { readSettings } from "./settings.ts";

/** Find the server and the inbox in the address this script was loaded from. */
export function placeOf(src: string): Place | null {
  const found = /^(https?:\/\/[^?#]*?)\/widget\/([^/?#]+)\.js(?:[?#]|$)/.exec(src);
  return found?.[1] && found[2] ? { base: found[1], inbox: found[2] } : null;
}

/** Define the API, load the widget if wanted, run what the page has waiting. */
export function boot(host: HostWindow, src: string): void {
  if (host.hubspot_live_messages_running) {
    warn("duplicate instance of live chat exists on page");
    return;
  }
  const place = placeOf(src);
  if (!place) {
    warn("the loader must be included as <script src=\"https://…/widget/INBOX.js\">");
    return;
  }
  host.hubspot_live_messages_running = true;
  const api = makeApi(host, place);
  host.HubSpotConversations = api;
  const settings = () => readSettings(host.hsConversationsSettings, () => undefined);
  whenReady(settings().inlineEmbedSelector !== "", () => {
    if (settings().loadImmediately) api.widget.load();
    drain(host);
  });
}

function whenReady(inline: boolean, run: () => void): void {
  // The container goes into the body, or deep into it, and a loader in the head comes before both.
  if (inline ? document.readyState !== "loading" : (document.body as HTMLElement | null)) run();
  else document.addEventListener("DOMContentLoaded", run, { once: true });
}

/** Run the waiting callbacks in series; from now on a pushed callback runs at once. */
function drain(host: HostWindow): void {
  const waiting: unknown[] = Array.isArray(host.hsConversationsOnReady) ? host.hsConversationsOnReady : [];
  const queue: unknown[] = [];
  queue.push = (...more: unknown[]) => {
    more.forEach(call);
    return 0;
  };
  host.hsConversationsOnReady = queue;
  waiting.forEach(call);
}

function call(callback: unknown): void {
  if (typeof callback !== "function") return;
  try {
    (callback as () => void)();
  } catch (error) {
    console.error(error);
  }
}
