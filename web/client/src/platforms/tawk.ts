/**
 * tawk.to's widget. Its hash is over the user id, which `login` takes, or over the address,
 * which `visitor` takes before it loads and `setAttributes` after:
 * https://developer.tawk.to/jsapi/
 */
import type { Page, Vendor } from "./platform.ts";

type Told = (error?: unknown) => void;

interface Tawk {
  visitor?: unknown;
  login?: (visitor: unknown, told: Told) => void;
  setAttributes?: (visitor: unknown, told: Told) => void;
  logout?: (told: Told) => void;
}

declare global {
  interface Window {
    Tawk_API?: Tawk;
    Tawk_LoadStart?: Date;
  }
}

/** Speak to tawk.to's widget. */
export default function tawk(page: Page): Vendor {
  let leaving = false;
  const api = (): Tawk => (window.Tawk_API ??= {});
  return {
    traces: /^(tawk|twk)/i,
    id: "propertyId",
    set(settings) {
      const { hash, userId, name, email } = settings ?? {};
      api().visitor = userId ? {} : { hash, name, email };
    },
    loader(id) {
      window.Tawk_LoadStart = new Date();
      return `https://embed.tawk.to/${id}/default`;
    },
    ready: () => !!api().login && !leaving,
    tell({ hash, userId, name, email }) {
      if (userId) api().login?.({ hash, userId, name, email }, page.verdict);
      else api().setAttributes?.({ hash, name, email }, page.verdict);
    },
    clear() {
      leaving = true;
      api().logout?.(() => {
        leaving = false;
      });
    },
  };
}
