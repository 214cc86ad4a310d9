/**
 * Follows a deploy from its beginning to its end.
 *
 * Invariant: a deploy that was begun is asked about until the server says how it ended, or
 * nobody looks any more; a lost connection is no verdict on it.
 */
import { Problem } from "@callingcard/kit/request.ts";

import type { Deploying } from "../types.ts";

/** What following needs of the world. */
export interface Following {
  start: () => Promise<Deploying>;
  read: (id: string) => Promise<Deploying>;
  pause: (ms: number) => Promise<void>;
  show: (now: Deploying) => void;
  signal: AbortSignal;
}

const EVERY_MS = 600;
const PATIENCE = 50; // answers missing in a row before it is given up, about half a minute

/** Deploy, showing each step; return how it ended, or null when nobody looks any more. */
export async function follow({ start, read, pause, show, signal }: Following): Promise<Deploying | null> {
  let now = await start();
  let missing = 0;
  while (!signal.aborted) {
    show(now);
    if (now.state !== "running") return now;
    await pause(EVERY_MS);
    try {
      now = await read(now.id);
      missing = 0;
    } catch (error) {
      missing += 1;
      if (!mayPass(error) || missing > PATIENCE) throw error;
    }
  }
  return null;
}

/** Whether the same question may be answered a little later. */
function mayPass(error: unknown): boolean {
  return error instanceof Problem && (error.status === 0 || error.status === 429 || error.status >= 500);
}

/** The number of the version a deploy made, as far as *deploying* says it. */
export function versionNumber({ version }: Deploying): number | null {
  return typeof version === "object" && version !== null ? version.number : null;
}
