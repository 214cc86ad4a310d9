/** Tokens in texts, such as `{{ contact.firstname | default: 'there' }}`. Pure. */
import { findProperty, type Property } from "../conditions/properties.ts";

/** Properties that always have a value, so that a token of them needs no fallback. */
const ALWAYS_KNOWN = new Set(["visitor.evidence", "page.url", "page.path"]);

/** A token of the property *name* that says *fallback* where nothing is known. */
export function token(name: string, fallback: string): string {
  if (ALWAYS_KNOWN.has(name)) return `{{ ${name} }}`;
  const quote = fallback.includes("'") ? '"' : "'";
  return `{{ ${name} | default: ${quote}${fallback.replaceAll(quote, "")}${quote} }}`;
}

/** Why *fallback* cannot stand in for *name*, or "". */
export function fallbackReason(name: string, fallback: string): string {
  if (ALWAYS_KNOWN.has(name) || fallback.trim() !== "") return "";
  return "Say what visitors read of whom this is not known, such as “there”.";
}

/** What is wrong with the tokens of *text*, the first one; "" when nothing is. The server has the last word. */
export function tokenReason(text: string, properties: readonly Property[]): string {
  for (const [, inside = ""] of text.matchAll(/\{\{(.*?)\}\}/gs)) {
    const [name = "", ...filters] = inside.split("|").map((part) => part.trim());
    const found = findProperty(name, properties);
    if (!found) return name ? `There is no property ${name}.` : "A token needs a property, such as contact.firstname.";
    if (!found.visible) return `Visitors may not see ${name}.`;
    const hasFallback = filters.some((one) => /^default\s*:\s*(["']).*\S.*\1$/s.test(one));
    if (!hasFallback && !ALWAYS_KNOWN.has(name)) return `${name} may be unknown: write ${token(name, "something")}.`;
  }
  const opened = text.split("{{").length;
  return opened === text.split("}}").length ? "" : "A token is opened with {{ and closed with }}.";
}

/** *text* with *inserted* in the place of what is selected, and where the caret goes then. */
export function inserted(text: string, what: string, from: number, to: number): { text: string; caret: number } {
  const before = text.slice(0, from);
  return { text: before + what + text.slice(to), caret: before.length + what.length };
}
