/**
 * HubSpot's chat widget, and the desk's, which speaks the same language.
 *
 * Identity is two settings that the widget reads when it loads and again at
 * `widget.refresh()`. A person who leaves is erased with `clear`, which makes a new
 * widget: https://developers.hubspot.com/docs/api-reference/latest/conversations/chat-configuration/chat-widget-sdk
 */
import type { Vendor } from "./platform.ts";

interface Conversations {
  widget: {
    load(): void;
    refresh(): void;
    status(): { loaded: boolean };
  };
  clear(options: { resetWidget: boolean }): void;
}

declare global {
  interface Window {
    hsConversationsSettings?: Record<string, unknown>;
    hsConversationsOnReady?: (() => void)[];
    HubSpotConversations?: Conversations;
  }
}

/** Speak to HubSpot's widget; stops it from opening before it is known who is there. */
export function hubspot(): Vendor {
  let cleared = false;
  const chat = (): Conversations | undefined => window.HubSpotConversations;
  const settings = (): Record<string, unknown> => (window.hsConversationsSettings ??= {});
  const refresh = (): void => chat()?.widget.refresh();
  const loaded = (): boolean | undefined => chat()?.widget.status().loaded;
  settings().loadImmediately = false;

  return {
    traces: /^(hubspotutk|messagesUtk|hs-messages-)/,
    element: "hs-script-loader",
    set(theirs) {
      for (const field of ["identificationEmail", "identificationToken"]) {
        // Empty text and not a missing field: it is HubSpot's own default for both.
        settings()[field] = theirs?.[field] ?? "";
      }
    },
    loader: (id) => `https://js.hs-scripts.com/${id}.js`,
    ready: () => !!chat(),
    later: (again) => (window.hsConversationsOnReady ??= []).push(again),
    open() {
      // The page's own loader may have shown the widget before this script arrived.
      if (!loaded()) chat()?.widget.load();
      else if (!cleared) refresh();
      cleared = false;
      return true;
    },
    tell: refresh,
    clear() {
      cleared = !!loaded();
      if (cleared) chat()?.clear({ resetWidget: true });
    },
    moved: refresh,
  };
}
