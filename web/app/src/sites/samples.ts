/** A site's settings, a platform and minutes for tests: plain, and changed where a test cares. */
import type { Platform, SiteActivity, SiteSettings } from "@callingcard/kit/api.ts";

type Bucket = SiteActivity["buckets"][number];

/** HubSpot behind a backend's token, with both secrets set, unless *changes* says otherwise. */
export function settings(changes: Partial<SiteSettings> = {}): SiteSettings {
  return {
    platform: "hubspot",
    origins: ["https://shop.example"],
    proof: "jwt",
    unverified: "refuse",
    settings: { access_token: { set: true } },
    jwt: {
      issuer: "shop",
      audience: "callingcard",
      keys: [{ kid: "k1", algorithm: "HS256", secret: { set: true }, publicKey: "" }],
    },
    jwks: null,
    header: null,
    landing: {
      perSource: 10,
      perAddress: 5,
      perOrigin: 300,
      perSite: 600,
      windowSeconds: 600,
      addressesPerSource: 20,
      shutOutSeconds: 3600,
    },
    ...changes,
  };
}

/** One argument of a platform: a needed text, unless *changes* says otherwise. */
export function argument(name: string, changes: Partial<Platform["arguments"][number]> = {}): Platform["arguments"][number] {
  return { name, secret: false, required: true, default: null, help: "", ...changes };
}

/** A platform that takes *args*. */
export function platform(name: string, ...args: Platform["arguments"]): Platform {
  const guide = { where: "", enforce: "", logout: "", failure: "", docsUrl: "https://vendor.example" };
  return { name, title: name, arguments: args, guide };
}

/** HubSpot as far as tests need it. */
export const HUBSPOT = platform(
  "hubspot",
  argument("access_token", { secret: true }),
  argument("base_url", { required: false, default: "https://api.hubapi.com" }),
);

/** The minute that begins *minutes* after nine on the day of all samples. */
export function bucket(minutes: number, changes: Partial<Bucket> = {}): Bucket {
  return { at: at(minutes), issued: 0, hits: 0, refused: 0, calls: 0, errors: 0, p50Ms: null, p95Ms: null, ...changes };
}

/** A moment *minutes* after nine on that day. */
export function at(minutes: number): string {
  return new Date(Date.UTC(2026, 10, 21, 9, minutes)).toISOString();
}
