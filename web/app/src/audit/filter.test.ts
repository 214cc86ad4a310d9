import { expect, test } from "vitest";

import { actionWords, auditPath, detailWords, filterOf, searchOf, thingWords } from "./filter.ts";

const NOW = new Date("2026-11-21T12:00:00Z");

test("a choice is written in the address and read again", () => {
  const search = "?who=700&action=viewed&kind=contact&id=512&span=7d";
  expect(searchOf(filterOf(search))).toBe(search);
  expect(searchOf(filterOf(""))).toBe("");
});

test("what could be no name and no span is left out", () => {
  expect(filterOf("?who=a%20b&span=ages&action=%3Cb%3E&id=1")).toEqual({ who: "", action: "", kind: "", id: "1", span: "" });
});

test("the server is asked for what was chosen, from where the last page ended", () => {
  expect(auditPath(filterOf(""), NOW)).toBe("/v1/audit");
  expect(auditPath(filterOf("?span=24h&who=700"), NOW, 12)).toBe(
    "/v1/audit?who=700&since=2026-11-20T12%3A00%3A00.000Z&before=12",
  );
});

test("a row is a sentence; what is not known is said as it is written", () => {
  expect([actionWords("viewed"), actionWords("frozen")]).toEqual(["Looked at", "frozen"]);
  expect(thingWords({ kind: "contact", id: "512" })).toBe("contact 512");
  expect(thingWords({ kind: "contact", id: "all" })).toBe("all contacts");
  expect(thingWords({ kind: "badge", id: "1" })).toBe("badge 1");
  expect(detailWords({ count: 12, keep_days: 30 })).toBe("count 12, keep days 30");
});
