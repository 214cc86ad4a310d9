/** Which settings of a site differ between what was set here and the file. Pure. */
import type { SiteSettings } from "@callingcard/kit/api.ts";

/** One setting that differs, by its name in the file; "" is one that is not set. */
export interface Difference {
  name: string;
  here: string;
  file: string;
}

/** Every setting that differs. Secrets can differ unseen: only whether there is one is known. */
export function differences(here: SiteSettings, file: SiteSettings): Difference[] {
  const [left, right] = [flat(here), flat(file)];
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((name) => left.get(name) !== right.get(name))
    .map((name) => ({ name, here: left.get(name) ?? "", file: right.get(name) ?? "" }));
}

function flat(settings: SiteSettings): Map<string, string> {
  const { platform, settings: own, ...rest } = settings;
  const found = new Map([["platform", platform]]);
  for (const [name, value] of Object.entries(own)) collect(`${platform}.${name}`, value, found);
  for (const [name, value] of Object.entries(rest)) collect(name, value, found);
  return found;
}

function collect(name: string, value: unknown, found: Map<string, string>): void {
  const text = textOf(value);
  if (text !== null) {
    if (text !== "") found.set(name, text);
    return;
  }
  for (const [part, inner] of Object.entries(value as object)) collect(`${name}.${snake(part)}`, inner, found);
}

/** What is shown of *value*: a text, "" for nothing, or null for what has parts of its own. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value !== "object") return JSON.stringify(value);
  if ("set" in value && Object.keys(value).length === 1) return value.set ? "set" : "";
  return Array.isArray(value) && value.every((item) => typeof item !== "object") ? value.join(", ") : null;
}

/** A member's name as the file writes it. */
function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
