/**
 * The chat frame as the host page sees it: an iframe of another origin, and messages.
 *
 * Invariant: an identity leaves this page only by postMessage to the frame's exact origin.
 */

import { envelope, NONCE, type Identity, type Look, type ToFrame } from "../wire.ts";

/** What the frame tells the page. */
export interface Listener {
  event(name: string, payload: unknown): void;
  ended(): void;
  /** There is no such inbox, or not for this page. */
  gone(): void;
}

/** Where the frame comes from. */
export interface Place {
  readonly base: string;
  readonly inbox: string;
}

/** Where on the page it goes, and how it is wanted there. */
export interface Setting {
  /** The element it becomes part of; null for the corner of the window. */
  readonly into: Element | null;
  readonly look: Look;
}

/** One frame, from its creation to its removal. */
export class Bridge {
  readonly #listener: Listener;
  readonly #origin: string;
  readonly #box = document.createElement("div");
  readonly #frame = document.createElement("iframe");
  readonly #narrow = matchMedia("(max-width: 480px)");
  readonly #look: Look;
  #nonce = "";
  #identity: Identity;
  #open: boolean;
  #clean = false;
  #wide = false;
  #hidden = false;
  /** Whether the frame has started and answered. */
  loaded = false;

  constructor(place: Place, { into, look }: Setting, identity: Identity, open: boolean, listener: Listener) {
    this.#listener = listener;
    this.#origin = new URL(place.base).origin;
    this.#look = look;
    this.#identity = identity;
    this.#open = open;
    this.#box.id = into ? "hubspot-conversations-inline-parent" : "hubspot-messages-iframe-container";
    this.#frame.title = "Chat";
    this.#frame.src = `${place.base}/widget/${place.inbox}/frame?origin=${encodeURIComponent(location.origin)}`;
    this.#frame.setAttribute("allowtransparency", "true");
    style(this.#frame, PLAIN);
    if (into) {
      // A size that any rule of the page's own style sheet overrides.
      this.#frame.id = "hubspot-conversations-inline-iframe";
      this.#frame.width = "100%";
      this.#frame.height = "600";
    } else style(this.#frame, FILL);
    this.#box.append(this.#frame);
    this.#resize(false, false);
    addEventListener("message", this.#hear);
    this.#narrow.addEventListener("change", this.#relay);
    (into ?? document.body).append(this.#box);
  }

  /** Take the frame off the page. */
  remove(): void {
    removeEventListener("message", this.#hear);
    this.#narrow.removeEventListener("change", this.#relay);
    this.#box.remove();
  }

  /** Hand over who is signed in, when it is not what the frame already knows. */
  identify(identity: Identity): void {
    const known = this.#identity;
    this.#identity = identity;
    if (known.email !== identity.email || known.token !== identity.token) {
      this.send({ type: "identity", identity });
    }
  }

  /** The visitor is somewhere else on the site now. */
  refresh(identity: Identity, fresh: boolean): void {
    this.#identity = identity;
    this.#open ||= fresh;
    this.send({ type: "refresh", identity, fresh });
  }

  /** Tell the frame; what comes before its greeting is part of `start`. */
  send(message: ToFrame): void {
    if (message.type === "open" || message.type === "close") this.#open = message.type === "open";
    if (message.type === "end" && !this.#nonce) this.#clean = true;
    if (this.#nonce) {
      this.#frame.contentWindow?.postMessage({ ...message, page: location.href, [NONCE]: this.#nonce }, this.#origin);
    }
  }

  readonly #hear = (event: MessageEvent): void => {
    if (event.origin !== this.#origin || event.source !== this.#frame.contentWindow) return;
    const message = envelope(event.data);
    if (message?.type === "hello") this.#start(message.nonce);
    else if (message?.nonce === this.#nonce) this.#obey(message);
  };

  #start(nonce: string): void {
    this.#nonce = nonce;
    const full = this.#narrow.matches;
    const [open, clean] = [this.#open, this.#clean];
    this.#clean = false;
    this.send({ type: "start", identity: this.#identity, open, full, clean, look: this.#look });
  }

  #obey(message: Record<string, unknown>): void {
    const { type, name, payload } = message;
    if (type === "size") this.#resize((this.#open = message.open === true), message.hidden === true);
    if (type === "gone") this.#listener.gone();
    if (type === "ended") this.#listener.ended();
    if (type !== "event" || typeof name !== "string" || typeof payload !== "object" || !payload) return;
    if (name === "widgetLoaded") this.loaded = true;
    this.#listener.event(name, payload);
  }

  readonly #relay = (): void => {
    this.send({ type: "full", full: this.#narrow.matches });
    this.#resize(this.#wide, this.#hidden);
  };

  #resize(open: boolean, hidden: boolean): void {
    this.#wide = open;
    this.#hidden = hidden;
    const display = hidden ? "none" : "block";
    if (this.#look.inline) {
      style(this.#box, { display });
      return;
    }
    const full = open && this.#narrow.matches;
    const width = full ? "100%" : open ? "412px" : "96px";
    const height = full ? "100%" : open ? "652px" : "96px";
    style(this.#box, { ...CORNER, display, width, height });
  }
}

const PLAIN = { border: "0", display: "block", background: "transparent", colorScheme: "light dark" };
const FILL = { width: "100%", height: "100%" };
const CORNER = { position: "fixed", right: "0", bottom: "0", zIndex: "2147483000", maxWidth: "100%", maxHeight: "100%" };

/** Set styles one by one through the CSSOM, which a strict style-src allows. */
function style(element: HTMLElement, rules: Partial<CSSStyleDeclaration>): void {
  Object.assign(element.style, rules);
}
