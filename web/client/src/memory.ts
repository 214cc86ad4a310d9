/**
 * Remembers, beyond this page, that the widget has known somebody.
 *
 * A session that ended elsewhere leaves the vendor's cookies behind; this is how the next
 * page finds out that they are another person's. Kept is a number made of the identity,
 * too short to tell who it was.
 */

const KEY = "callingcard";

/** Read what was remembered last; empty when that is nobody. */
export function recall(): string {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return ""; // a browser that forbids storage; then the widget's own is empty as well
  }
}

/** Remember *print* from now on. */
export function remember(print: string): void {
  try {
    if (print) localStorage.setItem(KEY, print);
    else localStorage.removeItem(KEY);
  } catch {
    // See above.
  }
}

/** Make the number that stands for *person* (FNV-1a, 32 bits). */
export function printOf(person: string): string {
  let print = 0x811c9dc5;
  for (const letter of person) print = Math.imul(print ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return print.toString(36);
}
