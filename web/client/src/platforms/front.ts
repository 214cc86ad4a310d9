/** Front's chat widget: https://dev.frontapp.com/docs/chat-sdk-reference */
import type { Page, Settings, Vendor } from "./platform.ts";

declare global {
  interface Window {
    FrontChat?: (command: string, options?: unknown) => void;
  }
}

/** Speak to Front's widget. */
export default function front({ app }: Page): Vendor {
  /** Whether `init` is ours to call: it may be called once, and again after `shutdown`. */
  let ours = false;
  const call = (command: string, options: Settings): void => window.FrontChat?.(command, options);
  return {
    traces: /^front-?chat/i,
    id: "chatId",
    loader() {
      ours = true;
      return "https://chat-assets.frontapp.com/v1/chat.bundle.js";
    },
    ready: () => !!window.FrontChat,
    open(settings) {
      const first = ours;
      ours = false;
      if (first) call("init", settings ?? { chatId: app });
      return first;
    },
    tell: (settings) => {
      call("identity", settings);
    },
    clear() {
      if (!ours) call("shutdown", { clearSession: true });
      ours = true;
    },
  };
}
