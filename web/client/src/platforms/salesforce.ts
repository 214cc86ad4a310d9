/**
 * Salesforce's Enhanced Web Chat with user verification.
 *
 * The token lives in the page's memory, so it is set on each page; after the widget says
 * that it is over there are 30 seconds for a new one. It says again that it is ready after
 * a session was cleared:
 * https://developer.salesforce.com/docs/service/messaging-web/guide/user-verification.html
 */
import type { Page, Settings, Vendor } from "./platform.ts";

interface Verification {
  setIdentityToken(settings: Settings): void;
  clearSession(endSession: boolean): void;
}

declare global {
  interface Window {
    embeddedservice_bootstrap?: { userVerificationAPI?: Verification };
  }
}

/** Speak to Salesforce's widget, which only the page's own snippet can load. */
export function salesforce({ refresh }: Page): Vendor {
  const api = (): Verification | undefined => window.embeddedservice_bootstrap?.userVerificationAPI;
  // One that is there already has said that it is ready, before this script could hear it.
  let ready = !!api();
  window.addEventListener("onEmbeddedMessagingReady", () => (ready = true));
  window.addEventListener("onEmbeddedMessagingIdentityTokenExpired", () => void refresh());
  return {
    traces: /_WEB_STORAGE$/,
    ready: () => ready,
    tell: (settings) => api()?.setIdentityToken(settings),
    clear() {
      ready = false;
      api()?.clearSession(true);
    },
  };
}
