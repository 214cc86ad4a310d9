/** Editing a contact's properties: which are asked for, and what was changed. Pure. */
import type { Property } from "../types.ts";

/** What is in the form, by property; "" is no value. */
export type Values = Readonly<Record<string, string>>;

/** Asked for even when they are empty, in this order. */
const USUAL = ["email", "firstname", "lastname", "company", "jobtitle", "phone", "lifecyclestage", "hubspot_owner_id"];

/** The properties that the form shows: the usual ones, those with a value, and those *added*. */
export function shownProperties(
  known: readonly Property[],
  values: Values,
  added: readonly string[],
): Property[] {
  const writable = known.filter((one) => !one.readOnly);
  const usual = USUAL.map((name) => writable.find((one) => one.name === name)).filter((one) => one !== undefined);
  const others = writable.filter((one) => !USUAL.includes(one.name));
  const filled = others.filter((one) => values[one.name] || added.includes(one.name));
  return [...usual, ...filled];
}

/** The properties that can be added to those *shown*, by what they are called. */
export function otherProperties(known: readonly Property[], shown: readonly Property[]): Property[] {
  return known
    .filter((one) => !one.readOnly && !shown.includes(one))
    .sort((a, b) => a.label.localeCompare(b.label));
}

/** What differs between *before* and *after*; an emptied value is sent as "", which clears it. */
export function changesIn(before: Values, after: Values): Record<string, string> {
  const changed = Object.entries(after).filter(([name, value]) => value !== (before[name] ?? ""));
  return Object.fromEntries(changed);
}

/** A value as people read it: an option's label, yes or no, a date in their own way. */
export function shownValue(property: Property | undefined, value: string, locale?: string): string {
  if (!property || value === "") return value;
  if (property.options.length > 0) {
    const label = (part: string): string => property.options.find((one) => one.value === part)?.label ?? part;
    return (property.many ? value.split(";") : [value]).map(label).join(", ");
  }
  if (property.type === "bool") return value === "true" ? "Yes" : value === "false" ? "No" : value;
  const moment = new Date(value);
  if (Number.isNaN(moment.getTime())) return value;
  if (property.type === "date") return moment.toLocaleDateString(locale, { dateStyle: "medium", timeZone: "UTC" });
  if (property.type === "datetime") return moment.toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
  return value;
}

/** *value* with *option* in or out, for a property that holds several. */
export function withOption(value: string, option: string, isIn: boolean): string {
  const others = value.split(";").filter((one) => one !== "" && one !== option);
  return (isIn ? [...others, option] : others).join(";");
}
