/**
 * Chatwoot's website widget.
 *
 * Its `reset` loads the frame anew but keeps the user in `$chatwoot.user` and tells it to
 * the new frame, and it says nothing when that is loaded; both are made good here:
 * https://github.com/chatwoot/chatwoot/blob/develop/app/javascript/entrypoints/sdk.js
 */
import type { Page, Settings, Vendor } from "./platform.ts";

declare global {
  interface Window {
    chatwootSDK?: { run(options: object): void };
    $chatwoot?: {
      hasLoaded: boolean;
      user?: unknown;
      setUser(identifier: unknown, user: unknown): void;
      reset(): void;
    };
  }
}

/** Speak to Chatwoot's widget; *app* is the inbox's website token. */
export default function chatwoot({ app, widget }: Page): Vendor {
  const place: Settings = {
    websiteToken: app,
    baseUrl: widget && new URL(widget, location.href).origin,
  };
  return {
    traces: /^cw_/,
    id: "baseUrl",
    set(settings) {
      if (settings) ({ websiteToken: place.websiteToken, baseUrl: place.baseUrl } = settings);
    },
    // An app alone does not say where Chatwoot is.
    loader: () =>
      typeof place.baseUrl === "string" ? `${place.baseUrl}/packs/js/sdk.js` : undefined,
    ready() {
      if (!window.$chatwoot && place.websiteToken) window.chatwootSDK?.run(place);
      return !!window.$chatwoot?.hasLoaded;
    },
    tell({ identifier, user }) {
      window.$chatwoot?.setUser(identifier, user);
    },
    clear() {
      const chat = window.$chatwoot;
      chat?.reset();
      Object.assign(chat ?? {}, { hasLoaded: false, user: undefined });
    },
  };
}
