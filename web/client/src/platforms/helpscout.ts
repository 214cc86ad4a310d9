/** Help Scout's Beacon: https://developer.helpscout.com/beacon-2/web/javascript-api/ */
import type { Vendor } from "./platform.ts";

type Command = (method: string, options?: unknown, data?: unknown) => void;

declare global {
  interface Window {
    Beacon?: Command & { readyQueue?: unknown[] };
  }
}

/** Speak to Help Scout's Beacon. */
export default function helpscout(): Vendor {
  return {
    traces: /^(hs-?)?beacon/i,
    id: "beaconId",
    loader(id) {
      const readyQueue: unknown[] = [];
      const call: Command = (method, options, data) => readyQueue.push({ method, options, data });
      window.Beacon = Object.assign(call, { readyQueue });
      call("init", id);
      return "https://beacon-v2.helpscout.net";
    },
    ready: () => !!window.Beacon,
    tell: ({ identify }) => window.Beacon?.("identify", identify),
    clear: () => window.Beacon?.("logout", { endActiveChat: true }),
  };
}
