/**
 * Crisp's chatbox: a signed address, and a token of its own that carries the session.
 *
 * Crisp reads CRISP_TOKEN_ID when it loads and at each `session:reset`:
 * https://docs.crisp.chat/guides/chatbox-sdks/web-sdk/session-continuity/
 */
import type { Vendor } from "./platform.ts";

declare global {
  interface Window {
    $crisp?: { push: (command: unknown[]) => unknown; is?: unknown };
    CRISP_WEBSITE_ID?: unknown;
    CRISP_TOKEN_ID?: unknown;
  }
}

/** Speak to Crisp's chatbox. */
export default function crisp(): Vendor {
  /** The token that the chatbox has taken up; undefined until it is told anything. */
  let bound: unknown;
  const push = (...command: unknown[]): unknown => window.$crisp?.push(command);
  const reset = (): void => {
    bound = window.CRISP_TOKEN_ID;
    push("do", "session:reset");
  };

  return {
    traces: /^crisp-client/,
    id: "websiteId",
    set(settings) {
      window.CRISP_TOKEN_ID = settings?.tokenId ?? null;
    },
    loader(id) {
      window.CRISP_WEBSITE_ID = id;
      window.$crisp = new Array<unknown>();
      bound = window.CRISP_TOKEN_ID;
      return "https://client.crisp.chat/l.js";
    },
    ready: () => !!window.$crisp,
    tell({ email, signature, nickname }) {
      // One that was loaded for somebody else, or for nobody, takes the token at a reset only.
      if (bound !== window.CRISP_TOKEN_ID) reset();
      push("set", "user:email", [email, signature]);
      if (nickname) push("set", "user:nickname", [nickname]);
    },
    clear: reset,
  };
}
