/**
 * The one widget of a page: loads it, and tells it who is there once it listens.
 *
 * Invariant: nothing of one person is left in it when it is told of another or of nobody,
 * also when that other comes on a later page.
 * Invariant: of what could not be told yet, only the latest is told; a reset in between
 * is not lost.
 * Invariant: what a vendor throws reaches the client and never the page.
 */
import { printOf, recall, remember } from "../memory.ts";
import type { Page, Settings, Vendor } from "./platform.ts";
import { wipe } from "./wipe.ts";

const FIRST_LOOK_MS = 50;
const SLOWEST_LOOK_MS = 5000;

/** A vendor's widget on this page. */
export class Widget {
  readonly #page: Page;
  #vendor: Vendor | undefined;
  #settings: Settings | null = null;
  #print = recall();
  #reset = false;
  #news = false;
  #placed = false;
  #shown = false;
  #look = FIRST_LOOK_MS;

  /** *vendor* may come later: what is handed over before then waits for it. */
  constructor(page: Page, vendor: Vendor | Promise<Vendor>) {
    this.#page = page;
    if (vendor instanceof Promise) void vendor.then(this.#arrived, page.trouble);
    else this.#vendor = vendor;
  }

  /** Give the widget a *person's* settings, or take them away with null. */
  handOver(settings: Settings | null, person = "", leaving = false): void {
    const print = person && printOf(person);
    if (leaving || (this.#print && this.#print !== print)) this.#reset = true;
    this.#settings = settings;
    this.#print = print;
    this.#news = true;
    this.#prepare();
  }

  /** Say that the page's address changed without a page load. */
  readonly moved = (): void => {
    this.#guarded((vendor) => {
      if (this.#shown && isReady(vendor)) vendor.moved?.();
    });
  };

  readonly #arrived = (vendor: Vendor): void => {
    this.#vendor = vendor;
    if (this.#news) this.#prepare();
  };

  #prepare(): void {
    this.#guarded((vendor) => {
      vendor.set?.(this.#settings);
      // At once, as a sign-out may leave the page before the widget listens.
      if (this.#reset) wipe(vendor.traces);
      remember(this.#print);
      if (!this.#placed) this.#place(vendor);
    });
    this.#tell();
  }

  readonly #tell = (): void => {
    this.#guarded((vendor) => {
      if (!this.#news) return;
      if (!isReady(vendor)) {
        this.#wait(vendor);
      } else if (this.#reset) {
        this.#reset = this.#shown = false;
        vendor.clear?.();
        wipe(vendor.traces);
        this.#tell();
      } else {
        this.#news = false;
        const shown = this.#shown;
        this.#shown = true;
        const told = !shown && vendor.open?.(this.#settings);
        if (this.#settings && !told) vendor.tell?.(this.#settings);
      }
    });
  };

  #wait(vendor: Vendor): void {
    if (vendor.later) vendor.later(this.#tell);
    else setTimeout(this.#tell, (this.#look = Math.min(this.#look * 1.2, SLOWEST_LOOK_MS)));
  }

  #place(vendor: Vendor): void {
    const { app, widget, nonce, trouble } = this.#page;
    const src = widget ?? loaderOf(vendor, this.#settings, app);
    if (!src || src === "none") return;
    this.#placed = true;
    const script = document.createElement("script");
    if (vendor.element) script.id = vendor.element;
    script.src = src;
    script.async = true;
    if (nonce) script.nonce = nonce;
    script.onerror = () => {
      trouble(new Error("the chat widget could not be loaded"));
    };
    document.head.append(script);
  }

  #guarded(act: (vendor: Vendor) => void): void {
    try {
      if (this.#vendor) act(this.#vendor);
    } catch (error) {
      this.#page.trouble(error);
    }
  }
}

function isReady(vendor: Vendor): boolean {
  return vendor.ready?.() ?? true;
}

/** A widget that is there already was loaded by the page, and needs no loader. */
function loaderOf(vendor: Vendor, settings: Settings | null, app?: string): string | undefined {
  const id = settings?.[vendor.id ?? ""] ?? app;
  return typeof id === "string" && !isReady(vendor) ? vendor.loader?.(id) : undefined;
}
