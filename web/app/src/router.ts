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
  "chatflows",
  "routing",
  "decisions",
  "teams",
  "hours",
  "inboxes",
  "webhooks",
  "check",
  "audit",
] as const;
export type List = (typeof LISTS)[number];

/** What there is to see of one function; the editor comes first. */
const FUNCTION_TABS = ["editor", "versions", "triggers", "storage", "settings"] as const;
export type FunctionTab = (typeof FUNCTION_TABS)[number];

/** What there is to see of one chatflow; the editor comes first. */
const CHATFLOW_TABS = ["editor", "versions"] as const;
export type ChatflowTab = (typeof CHATFLOW_TABS)[number];

/** Pages where something is begun; apart from the lists, because what is in them may have any name. */
const NEW = ["new-site", "new-function", "new-chatflow", "new-team", "new-hours"] as const;
type New = (typeof NEW)[number];

/** A place in the app; `id` is null on the list itself. */
export type Route =
  | { page: List; id: string | null }
  | { page: "function"; id: string; tab: FunctionTab }
  | { page: "chatflow"; id: string; tab: ChatflowTab }
  | { page: "site-settings"; id: string }
  | { page: New }
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
  if (id === undefined) return isNew(page) ? { page } : isList(page) ? { page, id: null } : null;
  if (page === "functions") return functionRoute(decoded(id), parts);
  if (page === "chatflows") return chatflowRoute(decoded(id), parts);
  if (parts.length === 3 && page === "sites" && part === "settings") return { page: "site-settings", id: decoded(id) };
  return parts.length < 3 && isList(page) ? { page, id: decoded(id) } : null;
}

/** What the parts of an address say about the function *id*; the editor has no word of its own. */
function functionRoute(id: string, parts: readonly string[]): Route | null {
  const [, , word, ...rest] = parts;
  const tab = word === undefined ? "editor" : FUNCTION_TABS.slice(1).find((one) => one === word);
  return tab && rest.length === 0 ? { page: "function", id, tab } : null;
}

/** What the parts of an address say about the chatflow *id*; the editor has no word of its own. */
function chatflowRoute(id: string, [, , word, ...rest]: readonly string[]): Route | null {
  const tab = word === undefined ? "editor" : CHATFLOW_TABS.slice(1).find((one) => one === word);
  return tab && rest.length === 0 ? { page: "chatflow", id, tab } : null;
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

/** Where a chatflow, a team or office hours are begun. */
export const NEW_CHATFLOW = `${BASE}/new-chatflow`;
export const NEW_TEAM = `${BASE}/new-team`;
export const NEW_HOURS = `${BASE}/new-hours`;

/** Where one *tab* of the chatflow *name* is. */
export function chatflowAddress(name: string, tab: ChatflowTab = "editor"): string {
  return tab === "editor" ? address("chatflows", name) : `${address("chatflows", name)}/${tab}`;
}

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

const OF_CHATFLOWS: readonly string[] = [
  "chatflows",
  "chatflow",
  "new-chatflow",
  "routing",
  "decisions",
  "teams",
  "new-team",
  "hours",
  "new-hours",
];

/** Whether a place is one of the pages about chatflows and routing. */
export function isOfChatflows(place: Route): boolean {
  return OF_CHATFLOWS.includes(place.page);
}

/** Where the reader is now. */
export const route = signal<Route>(parse(location.pathname));

/** What the address says after its question mark: how a list is narrowed down. */
export const query = signal(location.search);

/** Says whether the reader may leave the page that is open, or null when it holds nobody back. */
let mayLeave: (() => boolean) | null = null;

/** Ask *ask* before the reader leaves the page that is open; return what ends that. */
export function askBeforeLeaving(ask: () => boolean): () => void {
  mayLeave = ask;
  return () => {
    if (mayLeave === ask) mayLeave = null;
  };
}

/** Go to *path*, which may have a query; `replace` leaves no step to go back to.
 *
 * With `anyway` nothing is asked: what the page was about is gone.
 */
export function navigate(path: string, { replace = false, anyway = false } = {}): void {
  if (!anyway && mayLeave?.() === false) return;
  mayLeave = null;
  if (replace) history.replaceState(null, "", path);
  else if (path !== location.pathname + location.search) history.pushState(null, "", path);
  follow();
}

/** The address of the page that is open, for when the browser has already left it. */
let here = location.pathname + location.search;

/** Follow the browser back or forward, unless the page that is open holds the reader. */
function followBrowser(): void {
  if (mayLeave?.() === false) {
    history.pushState(null, "", here);
    return;
  }
  mayLeave = null;
  follow();
}

/** Read from the browser's address where the reader is. */
function follow(): void {
  here = location.pathname + location.search;
  batch(() => {
    query.value = location.search;
    route.value = parse(location.pathname);
  });
}

/** Follow the browser's own back and forward, and turn clicks on our links into steps. */
export function startRouter(): void {
  addEventListener("popstate", followBrowser);
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

function isNew(page: string): page is New {
  return NEW.some((one) => one === page);
}

function decoded(part = ""): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray % in a hand-typed address: no such thing will be found, and it says so
  }
}
