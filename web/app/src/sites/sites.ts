/** The calls to the server about sites; nothing of their answers is kept here. */
import type {
  Explanation,
  Finding,
  Platform,
  Reload,
  Site,
  SiteActivity,
  SiteDetails,
  SiteGiven,
} from "@callingcard/kit/api.ts";

import { call } from "../session/session.ts";

/** Where every site is listed. */
export const SITES = "/v1/admin/sites";

/** Where the platforms are listed. */
export const PLATFORMS = "/v1/admin/platforms";

const CHECK_MS = 60_000; // the doctor asks the platform, which may take its time

/** The address of one site in the API. */
export function sitePath(name: string): string {
  return `${SITES}/${encodeURIComponent(name)}`;
}

/** The address of what the site *name* did in the last *minutes*. */
export function activityPath(name: string, minutes: number): string {
  return `${sitePath(name)}/activity?minutes=${minutes}`;
}

/** Read every site. */
export async function readSites(path: string, signal: AbortSignal): Promise<Site[]> {
  return (await call<{ sites: Site[] }>(path, { signal })).sites;
}

/** Read one site with its settings. */
export function readSite(path: string, signal: AbortSignal): Promise<SiteDetails> {
  return call<SiteDetails>(path, { signal });
}

/** Read what a site has been doing. */
export function readActivity(path: string, signal: AbortSignal): Promise<SiteActivity> {
  return call<SiteActivity>(path, { signal });
}

/** Read the platforms there are. */
export async function readPlatforms(path: string, signal: AbortSignal): Promise<Platform[]> {
  return (await call<{ platforms: Platform[] }>(path, { signal })).platforms;
}

/** Set the site *name* up as *given* says. */
export function saveSite(name: string, given: SiteGiven): Promise<SiteDetails> {
  return call<SiteDetails>(sitePath(name), { method: "PUT", body: given });
}

/** Drop what was set up here for the site *name*. */
export function dropSite(name: string): Promise<void> {
  return call(sitePath(name), { method: "DELETE" });
}

/** Have the settings read again. */
export function reloadSettings(): Promise<Reload> {
  return call<Reload>("/v1/admin/reload", { method: "POST" });
}

/** Have the doctor look at the site *name*. */
export async function checkSite(name: string): Promise<Finding[]> {
  const path = `${sitePath(name)}/check`;
  return (await call<{ findings: Finding[] }>(path, { method: "POST", timeoutMs: CHECK_MS })).findings;
}

/** Ask why the site *name* accepts *proof*, or does not; it travels in the body and is not kept. */
export function explainProof(name: string, proof: string): Promise<Explanation> {
  return call<Explanation>(`${sitePath(name)}/explain`, { method: "POST", body: { proof } });
}
