/**
 * Which page an address means, and how to get to another without reloading.
 *
 * The address is the one truth about where the reader is; nothing else remembers it.
 */
import { signal } from "@preact/signals";

/** A place in the app; `id` is null on the list itself. */
export type Route =
  | { page: "inbox"; id: string | null }
  | { page: "contacts"; id: string | null }
  | { page: "unknown"; path: string };

const BASE = "/app";

/** Say what *pathname* means. Pure, so that it can be tested without a browser. */
export function parse(pathname: string): Route {
  const unknown: Route = { page: "unknown", path: pathname };
  if (pathname !== BASE && !pathname.startsWith(`${BASE}/`)) return unknown;
  const [page = "inbox", id, ...rest] = pathname.slice(BASE.length).split("/").filter(Boolean);
  if (rest.length > 0 || (page !== "inbox" && page !== "contacts")) return unknown;
  return { page, id: id === undefined ? null : decoded(id) };
}

/** The address of a list, or of one thing in it. */
export function address(page: "inbox" | "contacts", id?: string | null): string {
  return id ? `${BASE}/${page}/${encodeURIComponent(id)}` : `${BASE}/${page}`;
}

/** Where the reader is now. */
export const route = signal<Route>(parse(location.pathname));

/** Go to *path*; `replace` leaves no step to go back to. */
export function navigate(path: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", path);
  else if (path !== location.pathname) history.pushState(null, "", path);
  route.value = parse(location.pathname);
}

/** Follow the browser's own back and forward, and turn clicks on our links into steps. */
export function startRouter(): void {
  addEventListener("popstate", () => {
    route.value = parse(location.pathname);
  });
  document.addEventListener("click", (event) => {
    const path = stepOf(event);
    if (path === null) return;
    event.preventDefault();
    navigate(path);
  });
}

/** The path a click asks for, or null when the browser should do as it always does. */
function stepOf(event: MouseEvent): string | null {
  if (event.defaultPrevented || !isPlain(event)) return null;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.origin !== location.origin) return null;
  return link.pathname === BASE || link.pathname.startsWith(`${BASE}/`) ? link.pathname : null;
}

/** A click that asks for no new tab, window or download. */
function isPlain(event: MouseEvent): boolean {
  return event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray % in a hand-typed address: no such thing will be found, and it says so
  }
}
