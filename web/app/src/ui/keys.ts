/** Keyboard habits shared by every list: which keys move, and when they must not. */

/** True while the reader is typing somewhere, so that letters are letters. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/** Which way *event* moves in a list: 1, -1, or 0. Arrows count only inside the list. */
export function stepFor(event: KeyboardEvent, { inside }: { inside: boolean }): number {
  if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return 0;
  if (event.key === "j" || (inside && event.key === "ArrowDown")) return 1;
  if (event.key === "k" || (inside && event.key === "ArrowUp")) return -1;
  return 0;
}

/** Move the focus among the links marked `data-row` inside *list*, and say whether it moved. */
export function moveFocus(list: HTMLElement, event: KeyboardEvent): boolean {
  const step = stepFor(event, { inside: list.contains(document.activeElement) });
  if (step === 0) return false;
  const rows = [...list.querySelectorAll<HTMLElement>("[data-row]")];
  const focused = rows.findIndex((row) => row === document.activeElement);
  const current = focused >= 0 ? focused : rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  const next = current < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, current + step));
  rows[next]?.focus();
  event.preventDefault();
  return true;
}
