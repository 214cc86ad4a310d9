/**
 * How far apart two colours are, as WCAG 2.2 measures it.
 *
 * Pure arithmetic on `#rrggbb`; it exists so that a test, not a pair of eyes, decides
 * whether text can be read.
 */

/** A set of named colours, as one theme declares them. */
export type Palette = Readonly<Record<string, string>>;

/** Contrast of two colours: 1 (the same) to 21 (black on white). */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** *colour* laid over *ground* at *share* (0 to 1), rounded as a browser would. */
export function mixed(colour: string, ground: string, share: number): string {
  const over = channels(ground).map((below, index) =>
    Math.round(below + ((channels(colour)[index] ?? 0) - below) * share),
  );
  return `#${over.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** Every `--name: #colour` of the block that *selector* opens in *css*. */
export function palette(css: string, selector: string): Palette {
  const start = css.indexOf(`${selector} {`);
  if (start < 0) throw new Error(`no block for ${selector}`);
  const block = css.slice(start, css.indexOf("}", start));
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})\b/gi)].map((found) => [found[1] ?? "", found[2] ?? ""]),
  );
}

function luminance(colour: string): number {
  const [red, green, blue] = channels(colour).map((value) => linear(value / 255)) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function channels(colour: string): number[] {
  const digits = /^#([0-9a-f]{6})$/i.exec(colour)?.[1];
  if (digits === undefined) throw new Error(`not a #rrggbb colour: ${colour}`);
  return [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16));
}
