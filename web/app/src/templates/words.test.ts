import { expect, test } from "vitest";

import type { Asks } from "./templates.ts";
import { askList, askWords, blocksOf, freeName } from "./words.ts";

const NOTHING: Asks = { connectors: [], storage: [], triggers: [], secrets: [], dependencies: [] };

test("everything that is asked for is agreed to by name", () => {
  const list = askList({
    connectors: [
      { name: "hubspot", operations: ["create_token"], present: false },
      { name: "http", operations: [], present: true },
    ],
    storage: ["tokens"],
    triggers: [{ kind: "http", auth: "visitor", site: null }],
    secrets: ["HUBSPOT_TOKEN"],
    dependencies: ["pyjwt==2.9.0"],
  });
  expect(list.map((ask) => [ask.title, ...ask.lines])).toEqual([
    ["It is set off by", "Visitors"],
    ["It calls hubspot", "create_token"],
    ["It calls http", "Any call that the connector allows"],
    ["It keeps", "tokens"],
    ["It brings packages", "pyjwt==2.9.0"],
    ["It needs secrets", "HUBSPOT_TOKEN"],
  ]);
  expect(list.filter((ask) => ask.note).map((ask) => ask.title)).toEqual(["It calls hubspot", "It needs secrets"]);
});

test("a template that uses nothing says so", () => {
  expect(askWords(NOTHING)).toBe("Uses nothing else");
  expect(askList(NOTHING)).toEqual([{ title: "It is set off by", lines: ["Only by hand"] }]);
  const connectors = ["a", "b"].map((name) => ({ name, operations: [], present: true }));
  expect(askWords({ ...NOTHING, connectors, storage: ["s"] })).toBe("Uses a, b and storage");
});

test("a name that is taken gets a number", () => {
  expect(freeName("greet", [])).toBe("greet");
  expect(freeName("greet", ["greet", "greet-2"])).toBe("greet-3");
});

test("a readme is words with code among them, and code that keeps its lines", () => {
  expect(blocksOf("# Greet\n\nCall `main` and\nsee *it all*.\n\n```js\na\n\n  b\n```\n\nTwo.\n")).toEqual([
    {
      kind: "words",
      parts: [
        { text: "Call ", isCode: false },
        { text: "main", isCode: true },
        { text: " and see it all.", isCode: false },
      ],
    },
    { kind: "code", text: "a\n\n  b" },
    { kind: "words", parts: [{ text: "Two.", isCode: false }] },
  ]);
  expect(blocksOf("")).toEqual([]);
});
