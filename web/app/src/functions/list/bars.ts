/** How tall the bars of a sparkline are. Pure. */
import type { Hour } from "../types.ts";

const LEAST = 2; // one run among thousands is still seen, and one error in it

/** The height of each hour's runs, and of the failed ones within, in a box of *height*. */
export function bars(hours: readonly Hour[], height: number): { runs: number; errors: number }[] {
  const most = Math.max(1, ...hours.map((hour) => hour.runs));
  const tall = (number: number): number => (number === 0 ? 0 : Math.max(LEAST, Math.round((number / most) * height)));
  return hours.map((hour) => ({ runs: tall(hour.runs), errors: Math.min(tall(hour.errors), tall(hour.runs)) }));
}
