/** How the client is told what to do: attributes of its script tag, or arguments of `start`. */

import type { Door } from "./door.ts";

/** All that can be said; an endpoint or a site is needed. */
export interface Options {
  /** The customer's own address that answers with tokens, such as `/chat/token`. */
  endpoint?: string | undefined;
  /** A site of Callingcard, which then answers by itself; needs a proof. */
  site?: string | undefined;
  /** Where Callingcard is, such as `https://desk.example`; a script tag knows it by itself. */
  origin?: string | undefined;
  /** The chat platform by the server's name for it; HubSpot and the desk need not say. */
  platform?: string | undefined;
  /** The vendor's public id of the widget, for a chat that opens before anybody is known. */
  app?: string | undefined;
  /** The folder that the client's own files are in; a script tag knows it by itself. */
  base?: string | undefined;
  /** The address of the chat widget's loader; `none` when the page loads it itself. */
  widget?: string | undefined;
  /** Short for the loader of this inbox of the desk at *origin*. */
  inbox?: string | undefined;
  /** The nonce of the page's content security policy. */
  nonce?: string | undefined;
  /** `include` to send cookies to an endpoint on another origin. */
  credentials?: string | undefined;
  /** The publishable key of a landing page, where visitors only say who they are. */
  key?: string | undefined;
  /** The query parameter that holds an invite; `callingcard_invite` unless named. */
  invite?: string | undefined;
  /** Gives the proof of who is signed in, or null when nobody is. */
  proof?: (() => Promise<string | null>) | undefined;
}

declare global {
  interface Window {
    /** What cannot stand in an attribute; may be set at any time before it is needed. */
    callingcardSettings?: Pick<Options, "proof">;
  }
}

/** Read the options of a script tag. */
export function optionsOf(script: HTMLScriptElement): Options {
  const { endpoint, site, platform, app, inbox, widget, loader } = script.dataset;
  const { credentials, key, invite } = script.dataset;
  return {
    site,
    platform,
    app,
    inbox,
    credentials,
    key,
    invite,
    endpoint: endpoint === "" ? "/chat/token" : endpoint,
    widget: widget ?? loader,
    origin: new URL(script.src, location.href).origin,
    base: new URL(".", script.src).href,
    nonce: script.nonce,
  };
}

/** Say where tokens are asked for; an endpoint of the page's own goes first. */
export function doorOf(options: Options): Door {
  const { endpoint, site, origin = "", credentials, key, invite } = options;
  const ours = site ? `${origin}/v1/sites/${encodeURIComponent(site)}/token` : null;
  return {
    url: endpoint ?? ours,
    // Looked up at each request, so that scripts may come in any order.
    proof: async () => (options.proof ?? window.callingcardSettings?.proof)?.(),
    credentials: credentials === "include" ? credentials : undefined,
    key,
    invite: takeInvite(invite),
  };
}

/** Say where the widget's loader is, or undefined when nothing says so. */
export function widgetOf({ widget, inbox, origin = "" }: Options): string | undefined {
  return widget ?? (inbox ? `${origin}/widget/${encodeURIComponent(inbox)}.js` : undefined);
}

/** Take the invite out of the page's address before another script or a log sees it. */
function takeInvite(name = "callingcard_invite"): string | null {
  const url = new URL(location.href);
  const invite = url.searchParams.get(name);
  if (invite === null) return null;
  url.searchParams.delete(name);
  history.replaceState(history.state, "", url);
  return invite;
}
