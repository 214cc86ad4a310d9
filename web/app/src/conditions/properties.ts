/** What conditions may ask about and texts may quote: its shape, its names in plain words, and where it is read. */
import { call } from "../session/session.ts";

/** Of which type a property is. */
export type Kind = "string" | "number" | "bool" | "enum" | "date";

/** Something that conditions may ask about. */
export interface Property {
  name: string;
  kind: Kind;
  label: string;
  /** Whether a text may quote it to a visitor. */
  visible: boolean;
  /** Whether an answer may be saved to it. */
  writable: boolean;
  options: string[];
  /** Whether it is the beginning of names that the author types the end of. */
  isOpen?: true;
}

/** Where the properties are listed. */
export const PROPERTIES = "/v1/properties";

/** Read the properties there are. */
export async function readProperties(path: string, signal: AbortSignal): Promise<Property[]> {
  const { results } = await call<{ results: Property[] }>(path, { signal });
  return [...results, { ...unknownProperty("page.query."), label: "Query parameter", visible: true, isOpen: true }];
}

/** How the beginning of a name is called, in the order in which they are offered. */
const OWNERS: readonly (readonly [string, string])[] = [
  ["contact", "Contact"],
  ["company", "Company"],
  ["deal", "Largest open deal"],
  ["visitor", "Visitor"],
  ["page", "Page"],
  ["hours", "Office hours"],
  ["answer", "Answers in this chatflow"],
];

/** A property whose name is not known: text, that nobody may quote. */
export function unknownProperty(name: string): Property {
  return { name, kind: "string", label: "", visible: false, writable: false, options: [] };
}

/** The property *name* among *properties*, or one of the open kinds, or null. */
export function findProperty(name: string, properties: readonly Property[]): Property | null {
  const known = properties.find((one) => one.name === name);
  if (known && !known.isOpen) return known;
  const open = openOf(name, properties);
  return open ? { ...unknownProperty(name), label: `${open.label} ${name.slice(open.name.length)}`.trim(), visible: open.visible } : null;
}

/** The open property whose name *name* begins with, or undefined. */
export function openOf(name: string, properties: readonly Property[]): Property | undefined {
  return properties.find((one) => one.isOpen && name.startsWith(one.name));
}

/** What a property is called: its label, or its name in words. */
export function propertyLabel(property: Property): string {
  if (property.label) return property.label;
  const word = property.name.slice(property.name.indexOf(".") + 1).replaceAll("_", " ");
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** The property *name* in a sentence, such as "contact's lifecycle stage". */
export function propertyWords(name: string, properties: readonly Property[]): string {
  const found = findProperty(name, properties);
  if (!found) return name || "a property that is not chosen yet";
  // Labels are often written as titles; words in capitals, such as URL, stay.
  const lower = propertyLabel(found).replace(/\b[A-Z](?=[a-z]|\b(?!\S))/g, (letter) => letter.toLowerCase());
  const owner = name.split(".", 1)[0];
  if (owner === "contact" || owner === "company") return `${owner}’s ${lower}`;
  if (owner === "deal") return `largest open deal’s ${lower}`;
  return lower;
}

/** What a property is called in a list in which others of its name may be, such as two names. */
export function choiceLabel(property: Property): string {
  const label = propertyLabel(property);
  if (property.name.startsWith("company.")) return `Company: ${label}`;
  return property.name.startsWith("deal.") ? `Deal: ${label}` : label;
}

/** *properties* by whose they are, for a list to choose from. */
export function byOwner(properties: readonly Property[]): [string, Property[]][] {
  return OWNERS.map(([owner, words]): [string, Property[]] => [
    words,
    properties
      .filter((one) => one.name.startsWith(`${owner}.`))
      .sort((one, other) => propertyLabel(one).localeCompare(propertyLabel(other))),
  ]).filter(([, found]) => found.length > 0);
}
