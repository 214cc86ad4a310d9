/** Light, dark, or as the system says; remembered in this browser only. */
import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const KEY = "callingcard.theme"; // public/theme.js reads the same key before the first paint

/** What the reader chose. */
export const theme = signal<Theme>(stored());

/** Choose *next*, now and for later visits. */
export function chooseTheme(next: Theme): void {
  theme.value = next;
  if (next === "system") {
    localStorage.removeItem(KEY);
    delete document.documentElement.dataset["theme"];
  } else {
    localStorage.setItem(KEY, next);
    document.documentElement.dataset["theme"] = next;
  }
}

function stored(): Theme {
  const chosen = document.documentElement.dataset["theme"];
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}
