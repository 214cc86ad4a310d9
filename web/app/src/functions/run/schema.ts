/**
 * A form made of a function's parameters, as their JSON Schema describes them.
 *
 * Pure. What is typed stays text until it is asked for, so that half a number is no fault
 * while it is being written. A parameter too wild for a field is a box of JSON, and so is
 * the whole form when there is no schema.
 */
import type { Json, Schema } from "../types.ts";

/** How a parameter is filled in. */
export type Kind = "text" | "number" | "integer" | "boolean" | "choice" | "list" | "group" | "json";

/** One parameter, or one member of one that is an object. */
export interface Field {
  name: string;
  kind: Kind;
  help: string;
  isRequired: boolean;
  isNullable: boolean;
  /** What counts when nothing is given. */
  fallback: Json | undefined;
  /** For `choice`: what there is, as JSON texts. */
  options: string[];
  /** For `list`: what each line is. */
  item: "text" | "number" | "integer";
  /** For `group`: its members. */
  fields: Field[];
}

/** What was typed: a text for each field, or the same again for a group. */
export interface Values {
  [name: string]: string | Values;
}

const DEEPEST = 3;
const MOST_STEPS = 16; // references may lead in a circle
const DEFS = "#/$defs/";

/** The fields for *schema*, or null when it does not say what there is. */
export function fieldsOf(schema: Schema | null): Field[] | null {
  if (!schema) return null;
  const found = members(schema, schema, 0);
  return found ?? (schema.type === "object" && schema.additionalProperties === false ? [] : null);
}

function members(schema: Schema, root: Schema, depth: number): Field[] | null {
  if (!schema.properties || depth >= DEEPEST) return null;
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties).map(([name, one]) => fieldOf(name, one, root, required.has(name), depth));
}

function fieldOf(name: string, given: Schema, root: Schema, isRequired: boolean, depth: number): Field {
  const { schema, isNullable } = plain(given, root);
  const help = given.description ?? schema.description ?? "";
  const fallback = given.default === undefined ? schema.default : given.default;
  const field: Field = { name, kind: "json", help, isRequired, isNullable, fallback, options: [], item: "text", fields: [] };
  return { ...field, ...shapeOf(schema, isNullable, root, depth) };
}

/** How what *schema* describes is filled in. */
function shapeOf(schema: Schema, isNullable: boolean, root: Schema, depth: number): Partial<Field> {
  const options = schema.enum ?? (schema.const === undefined ? null : [schema.const]);
  if (options) return { kind: "choice", options: options.map((one) => JSON.stringify(one)) };
  if (schema.type === "array") {
    const item = schema.items ? simple(plain(schema.items, root)) : null;
    return item ? { kind: "list", item } : {};
  }
  const inner = schema.type === "object" && !isNullable ? members(schema, root, depth + 1) : null;
  return inner ? { kind: "group", fields: inner } : { kind: leaf(schema) ?? "json" };
}

function simple({ schema, isNullable }: ReturnType<typeof plain>): Field["item"] | null {
  const kind = schema.enum || isNullable ? null : leaf(schema);
  return kind === "boolean" ? null : kind;
}

function leaf(schema: Schema): "text" | "number" | "integer" | "boolean" | null {
  if (schema.type === "string") return "text";
  return schema.type === "number" || schema.type === "integer" || schema.type === "boolean" ? schema.type : null;
}

/** Follow references, and take "or null" apart. */
function plain(given: Schema, root: Schema): { schema: Schema; isNullable: boolean } {
  let schema = given;
  let isNullable = false;
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const next = target(schema, root) ?? withoutNull(schema);
    if (!next) return { schema, isNullable };
    isNullable ||= next.isNullable;
    schema = next.schema;
  }
  return { schema: {}, isNullable };
}

interface Step {
  schema: Schema;
  isNullable: boolean;
}

/** What the reference in *schema* leads to, if there is one. */
function target({ $ref = "" }: Schema, root: Schema): Step | null {
  const schema = $ref.startsWith(DEFS) ? root.$defs?.[$ref.slice(DEFS.length)] : undefined;
  return schema ? { schema, isNullable: false } : null;
}

/** *schema* with one way less of saying "or null", if it has one. */
function withoutNull(schema: Schema): Step | null {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    const [other, ...more] = choices.filter((one) => one.type !== "null");
    return other && more.length === 0 ? { schema: other, isNullable: choices.length > 1 } : null;
  }
  if (Array.isArray(schema.type)) {
    const [type, ...more] = schema.type.filter((one) => one !== "null");
    const isNullable = schema.type.includes("null");
    return { schema: type !== undefined && more.length === 0 ? { ...schema, type } : {}, isNullable };
  }
  if (!schema.enum?.includes(null)) return null;
  return { schema: { ...schema, enum: schema.enum.filter((one) => one !== null) }, isNullable: true };
}

/** What the fields show for *given*, which may lack any of them. */
export function valuesOf(fields: readonly Field[], given: Readonly<Record<string, Json>>): Values {
  return Object.fromEntries(fields.map((field) => [field.name, shown(field, given[field.name])]));
}

/** What the fields show after the parameters changed: what was typed stays where it still has a place. */
export function carriedOver(fields: readonly Field[], typed: Values): Values {
  return Object.fromEntries(
    fields.map((field) => {
      const before = typed[field.name];
      if (field.kind === "group") return [field.name, carriedOver(field.fields, typeof before === "object" ? before : {})];
      return [field.name, typeof before === "string" ? before : shown(field, undefined)];
    }),
  );
}

function shown(field: Field, value: Json | undefined): string | Values {
  if (field.kind === "group") {
    const whole = value ?? field.fallback;
    return valuesOf(field.fields, isObject(whole) ? whole : {});
  }
  if (value === undefined) return field.kind === "boolean" || field.kind === "choice" ? firstChoice(field) : "";
  if (value === null && field.isNullable && field.kind !== "json") return "";
  return written(field.kind, value);
}

function written(kind: Kind, value: Json): string {
  if (kind === "text" && typeof value === "string") return value;
  const isLines = kind === "list" && Array.isArray(value) && value.every((one) => typeof one !== "object");
  return isLines ? value.map(String).join("\n") : JSON.stringify(value, null, kind === "json" ? 2 : 0);
}

/** What a choice begins with: what counts anyway, or the first there is. */
function firstChoice(field: Field): string {
  if (field.fallback !== undefined && field.fallback !== null) return JSON.stringify(field.fallback);
  if (field.isNullable || !field.isRequired) return "";
  return field.kind === "boolean" ? "false" : (field.options[0] ?? "");
}

/** The arguments that *values* come to, and what is wrong with them by the path of the field. */
export function argumentsOf(
  fields: readonly Field[],
  values: Values,
): { arguments: Record<string, Json>; reasons: Record<string, string> } {
  const found: Record<string, Json> = {};
  const reasons: Record<string, string> = {};
  for (const field of fields) {
    const value = values[field.name];
    if (field.kind === "group") {
      if (!field.isRequired && isUntouched(field, value)) continue;
      const inner = argumentsOf(field.fields, typeof value === "object" ? value : {});
      for (const [path, reason] of Object.entries(inner.reasons)) reasons[`${field.name}.${path}`] = reason;
      found[field.name] = inner.arguments;
      continue;
    }
    const read = readField(field, typeof value === "string" ? value : "");
    if (read.reason) reasons[field.name] = read.reason;
    else if (read.value !== undefined) found[field.name] = read.value;
  }
  return { arguments: found, reasons };
}

/** Whether nobody wrote into the group *field*, so that the function's own default counts. */
function isUntouched(field: Field, value: string | Values | undefined): boolean {
  return value === undefined || JSON.stringify(value) === JSON.stringify(shown(field, undefined));
}

type Read = { value: Json | undefined; reason: "" } | { value?: undefined; reason: string };

const absent: Read = { value: undefined, reason: "" };

function readField(field: Field, text: string): Read {
  if (text.trim() === "") return readNothing(field, text);
  if (field.kind === "text") return { value: text, reason: "" };
  if (field.kind === "list") return readLines(field, text);
  if (field.kind === "number" || field.kind === "integer") return readNumber(field.kind, text);
  try {
    return { value: JSON.parse(text) as Json, reason: "" };
  } catch {
    return { reason: 'This is not JSON. A text needs quotes, as in "paper".' };
  }
}

function readNothing(field: Field, text: string): Read {
  if (field.kind === "text" && text !== "") return { value: text, reason: "" };
  if (!field.isRequired) return absent;
  if (field.isNullable) return { value: null, reason: "" };
  if (field.kind === "text") return { value: "", reason: "" };
  return field.kind === "list" ? { value: [], reason: "" } : { reason: "This is needed." };
}

function readLines(field: Field, text: string): Read {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (field.item === "text") return { value: lines, reason: "" };
  const found: Json[] = [];
  for (const line of lines) {
    const read = readNumber(field.item, line);
    if (read.reason || read.value === undefined) return { reason: read.reason };
    found.push(read.value);
  }
  return { value: found, reason: "" };
}

function readNumber(kind: "number" | "integer", text: string): Read {
  const number = Number(text.trim());
  if (!Number.isFinite(number)) return { reason: "This is not a number." };
  if (kind === "integer" && !Number.isInteger(number)) return { reason: "Only whole numbers." };
  return { value: number, reason: "" };
}

/** The arguments written as JSON, for a function that does not say what it takes. */
export function argumentsIn(text: string): { arguments: Record<string, Json>; reason: string } {
  if (text.trim() === "") return { arguments: {}, reason: "" };
  try {
    const value = JSON.parse(text) as Json;
    if (isObject(value)) return { arguments: value, reason: "" };
  } catch {
    return { arguments: {}, reason: "This is not JSON." };
  }
  return { arguments: {}, reason: 'Arguments have names: {"order": "A-1"}.' };
}

function isObject(value: Json | undefined): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
