/**
 * Finds the file that speaks to a platform's widget.
 *
 * Two are part of the client, because they must act or listen before the widget's loader
 * runs; each other one is a small file beside the client, fetched only where it is used.
 */
import { hubspot } from "./hubspot.ts";
import type { Page, Vendor } from "./platform.ts";
import { salesforce } from "./salesforce.ts";
import { Widget } from "./widget.ts";

const WITHIN: Partial<Record<string, (page: Page) => Vendor>> = { hubspot, salesforce };
const BESIDE = [
  "intercom",
  "zendesk",
  "crisp",
  "chatwoot",
  "helpscout",
  "front",
  "tawk",
  "drift",
];

/** Platforms that a server tells apart and a widget does not. */
const SAME: Partial<Record<string, string>> = { desk: "hubspot", "intercom-hmac": "intercom" };

/** Say which widget a platform has. */
export function widgetName(platform: string): string {
  return SAME[platform] ?? platform;
}

/**
 * Give the widget of *platform* on this page; *base* is the folder that the client is in.
 *
 * A platform without a file has a widget that does nothing: the page hands over by itself
 * when the events say so.
 */
export function widgetFor(platform: string, page: Page, base: string): Widget {
  const name = widgetName(platform);
  const other = BESIDE.includes(name) ? fetched(`${base}callingcard/${name}.js`, page) : {};
  return new Widget(page, WITHIN[name]?.(page) ?? other);
}

async function fetched(url: string, page: Page): Promise<Vendor> {
  const file = (await import(/* @vite-ignore */ url)) as { default: (page: Page) => Vendor };
  return file.default(page);
}
