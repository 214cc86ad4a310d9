/** Alerts: their shapes, and the calls to the server. The URL of a channel goes there and never comes back. */
import { call } from "../session/session.ts";

/** Failures that are probably one and the same fault. */
export interface Group {
  fingerprint: string;
  /** Null for a fault of a site or of a channel, which *subject* names. */
  function: string | null;
  subject: string;
  title: string;
  count: number;
  firstAt: string;
  lastAt: string;
  state: "new" | "alerted" | "muted" | "recovered";
  /** Null while muted means until it is resolved. */
  mutedUntil: string | null;
  lastRunId: string | null;
  kind: "failure" | "silent" | "missed";
}

/** Somewhere that alerts go. */
export interface Channel {
  id: string;
  name: string;
  kind: string;
  fromSettings: boolean;
  lastAt: string | null;
  lastProblem: string | null;
}

/** One message to one channel. */
export interface Delivery {
  id: string;
  at: string;
  channel: string;
  subject: string;
  state: "waiting" | "sent" | "failed";
  problem: string | null;
  attempts: number;
}

/** Everything on the page. */
export interface Alerts {
  groups: Group[];
  channels: Channel[];
  deliveries: Delivery[];
}

/** Where all about alerts is. */
export const ALERTS = "/v1/admin/alerts";

const TEST_MS = 120_000; // every channel is waited for, and each may be slow

/** Read everything about alerts. */
export function readAlerts(path: string, signal: AbortSignal): Promise<Alerts> {
  return call<Alerts>(path, { signal });
}

/** Say nothing of a group until *until*; null is until it is resolved. */
export function muteGroup(fingerprint: string, until: string | null): Promise<Group> {
  return call(`${groupPath(fingerprint)}/mute`, { method: "POST", body: { until } });
}

/** Say something of a group again. */
export function unmuteGroup(fingerprint: string): Promise<Group> {
  return call(`${groupPath(fingerprint)}/mute`, { method: "DELETE" });
}

/** Call the fault of a group over. */
export function resolveGroup(fingerprint: string): Promise<Group> {
  return call(`${groupPath(fingerprint)}/resolve`, { method: "POST" });
}

/** Send a test to every channel, and say how each went. */
export async function testChannels(): Promise<Delivery[]> {
  const path = `${ALERTS}/test`;
  return (await call<{ deliveries: Delivery[] }>(path, { method: "POST", timeoutMs: TEST_MS })).deliveries;
}

/** Add somewhere that alerts go. */
export function addChannel(name: string, url: string): Promise<Channel> {
  return call(`${ALERTS}/channels`, { method: "POST", body: { name, url } });
}

/** Remove a channel that was added here. */
export function deleteChannel(id: string): Promise<void> {
  return call(`${ALERTS}/channels/${encodeURIComponent(id)}`, { method: "DELETE" });
}

function groupPath(fingerprint: string): string {
  return `${ALERTS}/groups/${encodeURIComponent(fingerprint)}`;
}
