import { describe, expect, test } from "vitest";

import type { Json, Schema } from "../types.ts";
import { argumentsIn, argumentsOf, carriedOver, fieldsOf, valuesOf, type Field } from "./schema.ts";

function form(properties: Record<string, Schema>, required: string[] = [], $defs: Record<string, Schema> = {}): Field[] {
  const fields = fieldsOf({ type: "object", properties, required, additionalProperties: false, $defs });
  if (!fields) throw new Error("no form was made");
  return fields;
}

/** What comes of *given* when it is put into the form and read again. */
function through(fields: Field[], given: Record<string, Json>): Record<string, Json> {
  const { arguments: found, reasons } = argumentsOf(fields, valuesOf(fields, given));
  expect(reasons).toEqual({});
  return found;
}

describe("a field", () => {
  test.each<[Schema, Field["kind"]]>([
    [{ type: "string" }, "text"],
    [{ type: "number" }, "number"],
    [{ type: "integer" }, "integer"],
    [{ type: "boolean" }, "boolean"],
    [{ enum: ["a", "b"] }, "choice"],
    [{ const: 1 }, "choice"],
    [{ type: "array", items: { type: "string" } }, "list"],
    [{ type: "array", items: { type: "object" } }, "json"],
    [{ type: "object", properties: { a: { type: "string" } } }, "group"],
    [{ type: "object", additionalProperties: { type: "string" } }, "json"],
    [{ anyOf: [{ type: "string" }, { type: "integer" }] }, "json"],
    [{}, "json"],
  ])("for %j is a %s", (schema, kind) => {
    expect(form({ it: schema })[0]?.kind).toBe(kind);
  });

  test.each<Schema>([
    { anyOf: [{ type: "integer" }, { type: "null" }] },
    { type: ["integer", "null"] },
    { anyOf: [{ $ref: "#/$defs/Count" }, { type: "null" }] },
  ])("that may be null, as in %j, is what it else would be", (schema) => {
    const [field] = form({ it: schema }, [], { Count: { type: "integer" } });
    expect([field?.kind, field?.isNullable]).toEqual(["integer", true]);
  });

  test("that leads to itself ends", () => {
    const Tree: Schema = { type: "object", properties: { next: { $ref: "#/$defs/Tree" } } };
    const [field] = form({ tree: { $ref: "#/$defs/Tree" } }, [], { Tree });
    expect(field?.kind).toBe("group");
  });
});

test("no schema is no form, and no parameters are an empty one", () => {
  expect(fieldsOf(null)).toBeNull();
  expect(fieldsOf({})).toBeNull();
  expect(fieldsOf({ type: "object", additionalProperties: false })).toEqual([]);
});

describe("arguments", () => {
  const fields = form(
    {
      email: { type: "string" },
      times: { type: "integer", default: 3 },
      share: { type: "number" },
      loud: { type: "boolean", default: true },
      how: { enum: ["fast", "slow"] },
      tags: { type: "array", items: { type: "string" } },
      scores: { type: "array", items: { type: "integer" } },
      address: { type: "object", properties: { city: { type: "string" }, zip: { type: "string" } }, required: ["city"] },
      more: {},
      note: { anyOf: [{ type: "string" }, { type: "null" }] },
    },
    ["email", "how", "note"],
  );

  test("come back as they were put in", () => {
    const given = {
      email: "ada@example.com",
      times: 2,
      share: 0.5,
      loud: false,
      how: "slow",
      tags: ["a", "b c"],
      scores: [1, 2],
      address: { city: "Oslo" },
      more: { any: [1, null] },
      note: null,
    };
    expect(through(fields, given)).toEqual(given);
  });

  test("that were not given are left out, so that the function's own default counts", () => {
    expect(through(fields, { email: "x" })).toEqual({ email: "x", loud: true, how: "fast", note: null });
  });

  test("that cannot be read are said where they stand", () => {
    const values = { ...valuesOf(fields, {}), times: "1.5", share: "much", scores: "1\nx", more: "{" };
    expect(argumentsOf(fields, values).reasons).toEqual({
      times: "Only whole numbers.",
      share: "This is not a number.",
      scores: "This is not a number.",
      more: expect.stringContaining("not JSON") as string,
    });
  });

  test("that are needed are asked for, inside a group too", () => {
    const needs = form({ at: { type: "object", properties: { x: { type: "number" } }, required: ["x"] } }, ["at"]);
    expect(argumentsOf(needs, valuesOf(needs, {})).reasons).toEqual({ "at.x": "This is needed." });
  });

  test("of a text that spaces were meant for keep them", () => {
    expect(through(form({ gap: { type: "string" } }), { gap: "  " })).toEqual({ gap: "  " });
  });

  test("stay typed when the parameters change around them", () => {
    const before = { email: "ada@example.com", gone: "x", address: { city: "Oslo" } };
    const after = carriedOver(fields, before);
    expect(after).toMatchObject({ email: "ada@example.com", times: "", address: { city: "Oslo", zip: "" } });
    expect(after).not.toHaveProperty("gone");
  });

  test("without a schema are JSON with names", () => {
    expect(argumentsIn('{"a": 1}')).toEqual({ arguments: { a: 1 }, reason: "" });
    expect(argumentsIn(" ")).toEqual({ arguments: {}, reason: "" });
    expect(argumentsIn("[1]").reason).toContain("names");
    expect(argumentsIn("{").reason).toContain("not JSON");
  });
});
