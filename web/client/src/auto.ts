/** callingcard.js as a script tag: starts by itself from the tag's attributes. */
import { identify, logout, off, on, refresh, start, token } from "./index.ts";
import { optionsOf } from "./options.ts";

const face = { identify, logout, refresh, token, on, off };

declare global {
  interface Window {
    callingcard?: typeof face;
  }
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement && !window.callingcard) {
  window.callingcard = face;
  start(optionsOf(script));
}
