/** Drift's widget: https://devdocs.drift.com/docs/securing-drift-on-your-site-using-signed-identities */
import type { Vendor } from "./platform.ts";

type Command = (...args: unknown[]) => void;

declare global {
  interface Window {
    drift?: { identify?: Command; reset?: Command; page?: Command };
    driftt?: object;
  }
}

const FIVE_MINUTES_MS = 300_000;

/** Speak to Drift's widget. */
export default function drift(): Vendor {
  return {
    traces: /^(drift|dftt)/i,
    id: "embedId",
    loader(id) {
      const queue: unknown[] = [];
      const later =
        (name: string): Command =>
        (...args) =>
          queue.push([name, ...args]);
      window.drift = window.driftt = Object.assign(queue, {
        SNIPPET_VERSION: "0.3.1",
        identify: later("identify"),
        reset: later("reset"),
        page: later("page"),
      });
      // The vendor's own snippet asks for a copy of this five minutes too.
      const now = Math.ceil(Date.now() / FIVE_MINUTES_MS) * FIVE_MINUTES_MS;
      return `https://js.driftt.com/include/${now}/${id}.js`;
    },
    ready: () => !!window.drift?.identify,
    tell: ({ userId, attributes, userJwt }) => {
      window.drift?.identify?.(userId, attributes, { userJwt });
    },
    clear: () => window.drift?.reset?.(),
    moved: () => window.drift?.page?.(),
  };
}
