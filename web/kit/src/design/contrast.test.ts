import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

import { contrast, mixed, palette, type Palette } from "./contrast.ts";

const css = readFileSync(`${import.meta.dirname}/tokens.css`, "utf8");
const light = palette(css, ":root");
const dark = palette(css, ':root[data-theme="dark"]');
const darkBySystem = palette(css, ':root:not([data-theme="light"])');

const GROUNDS = ["paper", "surface", "sunken", "tint"];
const TEXTS = ["ink", "muted", "accent", "signed", "warning", "danger"];
const MARKS = ["ink", "muted", "accent", "signed", "warning", "danger", "focus", "edge"];

function pairs(inks: string[]): [string, string][] {
  return inks.flatMap((ink) => GROUNDS.map((ground): [string, string] => [ink, ground]));
}

function between(theme: Palette, one: string, other: string): number {
  return contrast(theme[one] ?? "missing", theme[other] ?? "missing");
}

describe.each([
  ["light", light],
  ["dark", dark],
])("the %s theme", (_name, theme) => {
  test.each(pairs(TEXTS))("%s reads as text on %s", (ink, ground) => {
    expect(between(theme, ink, ground)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(pairs(MARKS))("%s shows as an icon or outline on %s", (ink, ground) => {
    expect(between(theme, ink, ground)).toBeGreaterThanOrEqual(3);
  });

  test("the words on a button read", () => {
    expect(between(theme, "on-accent", "accent")).toBeGreaterThanOrEqual(4.5);
  });

  test("the check in a signed seal shows", () => {
    expect(between(theme, "surface", "signed")).toBeGreaterThanOrEqual(3);
  });

  test("a tooltip, paper on ink, reads", () => {
    expect(between(theme, "paper", "ink")).toBeGreaterThanOrEqual(4.5);
  });

  test("the agent's tint is the accent at 6 % on the surface", () => {
    expect(theme["tint"]).toBe(mixed(theme["accent"] ?? "", theme["surface"] ?? "", 0.06));
  });
});

test("dark by the system and dark by choice are the same", () => {
  expect(darkBySystem).toEqual(dark);
  expect(Object.keys(dark).sort()).toEqual(Object.keys(light).sort());
});

test("contrast is what WCAG says it is", () => {
  expect(contrast("#000000", "#ffffff")).toBe(21);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
  expect(contrast("#a93a26", "#a93a26")).toBe(1);
});
