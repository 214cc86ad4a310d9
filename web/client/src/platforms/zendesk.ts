/**
 * Zendesk's Web Widget for messaging, which asks for a token whenever it needs one.
 *
 * It calls the function that it was given at `loginUser` again when a token ends, and must
 * then get a new one:
 * https://developer.zendesk.com/api-reference/widget-messaging/web/authentication/
 *
 * Invariant: a question asked for one person is never answered with another's token.
 */
import type { Page, Vendor } from "./platform.ts";

declare global {
  interface Window {
    zE?: (...args: unknown[]) => void;
  }
}

/** Speak to Zendesk's widget. */
export default function zendesk(page: Page): Vendor {
  /** Who is logged in: one object per login, and the token that Zendesk has of it. */
  let login: { seen?: string } | null = null;
  return {
    traces: /^(ZD-|__zlc)/,
    element: "ze-snippet",
    loader: (key) => `https://static.zdassets.com/ekr/snippet.js?key=${key}`,
    ready: () => !!window.zE,
    tell() {
      if (login) return; // it asks by itself
      const mine: { seen?: string } = (login = {});
      const answer = async (give: (token: string) => void): Promise<void> => {
        const token = await page.fresh(mine.seen);
        if (token && mine === login) give((mine.seen = token));
      };
      window.zE?.("messenger", "loginUser", answer, page.verdict);
    },
    clear() {
      login = null;
      window.zE?.("messenger", "logoutUser");
    },
  };
}
