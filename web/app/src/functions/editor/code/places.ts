/**
 * Places in a source as the server counts them, and as the editor does.
 *
 * The server counts characters; the editor counts UTF-16 units, of which an emoji has two.
 */
import type { Text } from "@codemirror/state";

import type { Place } from "../../functions.ts";

/** Where *offset* is: the line from 1, the column from 0, in characters. */
export function placeOf(text: Text, offset: number): Place {
  const line = text.lineAt(offset);
  return { line: line.number, column: Array.from(line.text.slice(0, offset - line.from)).length };
}

/** The offset of a place; one outside the text is moved to the nearest that is inside. */
export function offsetOf(text: Text, place: Place): number {
  if (place.line < 1) return 0;
  if (place.line > text.lines) return text.length;
  const line = text.line(place.line);
  const before = Array.from(line.text).slice(0, Math.max(0, place.column)).join("");
  return line.from + before.length;
}
