/**
 * Which page an address means, and how to get to another without reloading.
 *
 * The address is the one truth about where the reader is; nothing else remembers it.
 */
import { batch, signal } from "@preact/signals";

/** The lists of things in the app, with a page for each thing. */
const LISTS = [
  "inbox",
  "contacts",
  "sites",
  "functions",
  "runs",
  "connectors",
  "secrets",
  "alerts",
  "templates",
] as const;
export type List = (typeof LISTS)[number];

/** What there is to see of one function; the editor comes first. */
const FUNCTION_TABS = ["editor", "versions", "triggers", "storage", "settings"] as const;
export type FunctionTab = (typeof FUNCTION_TABS)[number];

/** A place in the app; `id` is null on the list itself. */
export type Route =
  | { page: List; id: string | null }
  | { page: "function"; id: string; tab: FunctionTab }
  | { page: "new-function" }
  | { page: "site-settings"; id: string }
  | { page: "new-site" }
  | { page: "unknown"; path: string };

const BASE = "/app";

/** Say what *pathname* means. Pure, so that it can be tested without a browser. */
export function parse(pathname: string): Route {
  const unknown: Route = { page: "unknown", path: pathname };
  if (pathname !== BASE && !pathname.startsWith(`${BASE}/`)) return unknown;
  const parts = pathname.slice(BASE.length).split("/").filter(Boolean);
  return routeOf(parts) ?? unknown;
}

/** What the *parts* of an address after the base mean, or null. */
function routeOf(parts: readonly string[]): Route | null {
  const [page = "inbox", id, part] = parts;
  if (id === undefined) return page === "new-site" || page === "new-function" ? { page } : isList(page) ? { page, id: null } : null;
  if (page === "functions") return functionRoute(decoded(id), parts);
  if (parts.length === 3 && page === "sites" && part === "settings") return { page: "site-settings", id: decoded(id) };
  return parts.length < 3 && isList(page) ? { page, id: decoded(id) } : null;
}

/** What the parts of an address say about the function *id*; the editor has no word of its own. */
function functionRoute(id: string, parts: readonly string[]): Route | null {
  const [, , word, ...rest] = parts;
  const tab = word === undefined ? "editor" : FUNCTION_TABS.slice(1).find((one) => one === word);
  return tab && rest.length === 0 ? { page: "function", id, tab } : null;
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

/** Where a function is begun; apart from the list, because a function may have any name. */
export const NEW_FUNCTION = `${BASE}/new-function`;

/** Where one *tab* of the function *name* is. */
export function functionAddress(name: string, tab: FunctionTab = "editor"): string {
  return tab === "editor" ? address("functions", name) : `${address("functions", name)}/${tab}`;
}

/** Where the *line*, from 1, of what is written of the function *name* is. */
export function lineAddress(name: string, line: number): string {
  return `${functionAddress(name)}?line=${line}`;
}

/** The line that *search* asks for, as *lineAddress* writes it, or null. */
export function lineOf(search: string): number | null {
  const line = new URLSearchParams(search).get("line") ?? "";
  return /^[1-9]\d{0,6}$/.test(line) ? Number(line) : null;
}

/** Where the runs of the function *name* are listed. */
export function runsAddress(name: string): string {
  return `${address("runs")}?function=${encodeURIComponent(name)}`;
}

/** Where the reader is now. */
export const route = signal<Route>(parse(location.pathname));

/** What the address says after its question mark: how a list is narrowed down. */
export const query = signal(location.search);

/** Go to *path*, which may have a query; `replace` leaves no step to go back to. */
export function navigate(path: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", path);
  else if (path !== location.pathname + location.search) history.pushState(null, "", path);
  follow();
}

/** Read from the browser's address where the reader is. */
function follow(): void {
  batch(() => {
    query.value = location.search;
    route.value = parse(location.pathname);
  });
}

/** Follow the browser's own back and forward, and turn clicks on our links into steps. */
export function startRouter(): void {
  addEventListener("popstate", follow);
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
  const isOurs = link.pathname === BASE || link.pathname.startsWith(`${BASE}/`);
  return isOurs ? link.pathname + link.search : null;
}

/** A click that asks for no new tab, window or download. */
function isPlain(event: MouseEvent): boolean {
  return event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
}

function isList(page: string): page is List {
  return LISTS.some((list) => list === page);
}

function decoded(part = ""): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray % in a hand-typed address: no such thing will be found, and it says so
  }
}
