/**
 * Intercom's Messenger, with a JWT or with a user hash.
 *
 * All it is told is `intercomSettings`, which is there before its script and may hold
 * settings of the page's own. A JWT that ends does not end the session; only `shutdown`
 * does: https://developers.intercom.com/installing-intercom/web/methods
 */
import type { Page, Settings, Vendor } from "./platform.ts";

type Command = (...args: unknown[]) => void;

declare global {
  interface Window {
    intercomSettings?: Settings;
    Intercom?: Command & { booted?: boolean; q?: unknown[]; c?: Command };
  }
}

/** Speak to Intercom's Messenger. */
export default function intercom({ app }: Page): Vendor {
  let own: Settings | undefined;
  const call: Command = (...args) => window.Intercom?.(...args);
  return {
    traces: /^intercom-/,
    id: "app_id",
    set(settings) {
      own ??= { app_id: app, ...window.intercomSettings };
      window.intercomSettings = { ...own, ...settings };
    },
    loader(id) {
      const q: unknown[] = [];
      const c: Command = (args) => q.push(args);
      const stub: Command = (...args) => window.Intercom?.c?.(args);
      window.Intercom = Object.assign(stub, { q, c });
      return `https://widget.intercom.io/widget/${id}`;
    },
    ready: () => !!window.Intercom,
    open() {
      call(window.Intercom?.booted ? "update" : "boot", window.intercomSettings);
      return true;
    },
    tell(settings) {
      call("update", settings);
    },
    clear() {
      call("shutdown");
    },
    moved() {
      call("update");
    },
  };
}
