/**
 * Which page an address means, and how to get to another without reloading.
 *
 * The address is the one truth about where the reader is; nothing else remembers it.
 */
import { signal } from "@preact/signals";

/** A list of things in the app, with a page for each. */
export type List = "inbox" | "contacts" | "sites";

/** A place in the app; `id` is null on the list itself. */
export type Route =
  | { page: List; id: string | null }
  | { page: "site-settings"; id: string }
  | { page: "new-site" }
  | { page: "unknown"; path: string };

const BASE = "/app";

/** Say what *pathname* means. Pure, so that it can be tested without a browser. */
export function parse(pathname: string): Route {
  const unknown: Route = { page: "unknown", path: pathname };
  if (pathname !== BASE && !pathname.startsWith(`${BASE}/`)) return unknown;
  const parts = pathname.slice(BASE.length).split("/").filter(Boolean);
  const [page = "inbox", id, part] = parts;
  if (parts.length === 3 && page === "sites" && part === "settings") return { page: "site-settings", id: decoded(id) };
  if (parts.length === 1 && page === "new-site") return { page };
  return parts.length < 3 && isList(page) ? { page, id: id === undefined ? null : decoded(id) } : unknown;
}

/** The address of a list, or of one thing in it. */
export function address(page: List, id?: string | null): string {
  return id ? `${BASE}/${page}/${encodeURIComponent(id)}` : `${BASE}/${page}`;
}

/** Where the settings of the site *name* are changed. */
export function settingsAddress(name: string): string {
  return `${address("sites", name)}/settings`;
}

/** Where a site is added; apart from the list, because a site may have any name. */
export const NEW_SITE = `${BASE}/new-site`;

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

function isList(page: string): page is List {
  return page === "inbox" || page === "contacts" || page === "sites";
}

function decoded(part = ""): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray % in a hand-typed address: no such thing will be found, and it says so
  }
}
