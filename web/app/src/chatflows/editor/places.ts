/** The way from what was said about a document to the field that it is about. */

/** The id of the card of the step *name*. */
export function cardId(name: string): string {
  return `step-${name}`;
}

/** What *path* is about in words, such as "Step topic, text". */
export function placeWords(path: string): string {
  const [first = "", name, ...rest] = path.split(".");
  const where = first === "steps" && name !== undefined ? [`Step ${name}`, ...rest] : [PARTS[first] ?? first, name, ...rest];
  const words = where.filter((one) => one !== undefined && one !== "all" && one !== "any" && one !== "not");
  return words.map((one) => (/^\d+$/.test(one ?? "") ? String(Number(one) + 1) : (one ?? "").replaceAll("_", " "))).join(", ");
}

const PARTS: Readonly<Record<string, string>> = { target: "Which visitors", welcome: "Greeting", start: "Begins with" };

/** The event that opens the card of a step. */
export const OPEN = "open-step";

/** Go to what *path* is about: the field that is wrong, or the step, or the part of the form. */
export function goTo(path: string): void {
  const step = /^steps\.([^.]+)/.exec(path)?.[1];
  const host = step === undefined ? document.querySelector(".flow-form") : document.getElementById(cardId(step));
  host?.dispatchEvent(new CustomEvent(OPEN));
  setTimeout(() => {
    const wrong = host?.querySelector<HTMLElement>('[aria-invalid="true"], [data-wrong="true"] select');
    (wrong ?? host?.querySelector<HTMLElement>("input, select, textarea, button"))?.focus();
  });
}
