import { python } from "@codemirror/lang-python";
import { ensureSyntaxTree } from "@codemirror/language";
import { EditorState, Text } from "@codemirror/state";
import { describe, expect, test } from "vitest";

import type { Finding } from "../../types.ts";
import { isWorthAsking, optionOf } from "./completing.ts";
import { diagnosticOf } from "./findings.ts";
import { offsetOf, placeOf } from "./places.ts";
import { callAt } from "./signatures.ts";

/** A state with the cursor where the bar is. */
function at(source: string): { state: EditorState; pos: number } {
  const pos = source.indexOf("|");
  const state = EditorState.create({ doc: source.replace("|", ""), selection: { anchor: pos }, extensions: [python()] });
  ensureSyntaxTree(state, state.doc.length, 1000);
  return { state, pos };
}

describe("a place", () => {
  const text = Text.of(["a = '🙂🙂'; b", "c"]);

  test("is counted in characters, and found again", () => {
    const offset = text.line(1).text.indexOf("b");
    expect(placeOf(text, offset)).toEqual({ line: 1, column: 10 });
    expect(offsetOf(text, { line: 1, column: 10 })).toBe(offset);
    expect(placeOf(text, text.length)).toEqual({ line: 2, column: 1 });
  });

  test("outside the text is the nearest inside", () => {
    expect(offsetOf(text, { line: 9, column: 0 })).toBe(text.length);
    expect(offsetOf(text, { line: 0, column: 5 })).toBe(0);
    expect(offsetOf(text, { line: 1, column: 99 })).toBe(text.line(1).to);
  });
});

describe("a finding", () => {
  const text = Text.of(["def main():", "    yields 1"]);
  const finding: Finding = { line: 2, column: 4, endLine: 2, endColumn: 10, severity: "error", code: "x", message: "No" };

  test("is underlined from its beginning to its end", () => {
    expect(diagnosticOf(text, finding)).toEqual({ from: 16, to: 22, severity: "error", message: "No" });
  });

  test("without an end reaches to the end of its line", () => {
    expect(diagnosticOf(text, { ...finding, endLine: null, endColumn: null }).to).toBe(text.length);
  });

  test("at the very end, or in an empty text, is within the text", () => {
    const end = diagnosticOf(text, { ...finding, column: 12, endColumn: 12 });
    expect([end.from, end.to]).toEqual([text.length - 1, text.length]);
    const nothing = diagnosticOf(Text.empty, { ...finding, line: 1, column: 0, endLine: 1, endColumn: 0 });
    expect([nothing.from, nothing.to]).toEqual([0, 0]);
  });
});

describe("completion", () => {
  test.each([
    ["made.|", true],
    ["mad|", true],
    ["x = |", false],
    ["x = 12|", false],
    ["x = 'some.|'", false],
    ["# some.|", false],
  ])("is offered by itself at %j: %s", (source, isOffered) => {
    const { state, pos } = at(source);
    const from = pos - (/\w*$/.exec(state.sliceDoc(0, pos))?.[0].length ?? 0);
    expect(isWorthAsking(state, from, pos)).toBe(isOffered);
  });

  test("shows what a name is, and keeps the server's order", () => {
    const given = { label: "token", kind: "instance", detail: "", documentation: "A text.", insert: "token" };
    const shown = { label: "token", apply: "token", detail: "value", info: "A text.", sortText: "0009" };
    expect(optionOf(given, 9)).toEqual(shown);
    expect(optionOf({ ...given, detail: "str" }, 0).detail).toBe("str");
    expect(optionOf({ ...given, detail: "token(size: int) -> str" }, 0).detail).toBe("(size: int) -> str");
    const [ninth, tenth] = [optionOf(given, 9).sortText ?? "", optionOf(given, 10).sortText ?? ""];
    expect(ninth < tenth).toBe(true);
  });
});

describe("the call around the cursor", () => {
  test.each([
    ["f(|)", 1],
    ["f(a, |b)", 1],
    ["f(g(|), 1)", 3],
    ["f(g(1)|, 1)", 1],
    ["f(1)|", null],
    ["|f(1)", null],
    ["x = 1|", null],
    ["f(a, |", 1],
  ])("in %j opens at %s", (source, opens) => {
    expect(callAt(at(source).state)).toBe(opens);
  });
});
