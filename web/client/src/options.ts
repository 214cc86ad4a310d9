/** How the client is told what to do: attributes of its script tag, or arguments of `start`. */

/** All that can be said; an endpoint or a site is needed. */
export interface Options {
  /** The customer's own address that answers with tokens, such as `/chat/token`. */
  endpoint?: string | undefined;
  /** A site of Callingcard, which then answers by itself; needs a proof. */
  site?: string | undefined;
  /** Where Callingcard is, such as `https://desk.example`; a script tag knows it by itself. */
  origin?: string | undefined;
  /** The address of the chat widget's loader, when the page does not load it itself. */
  widget?: string | undefined;
  /** Short for the loader of this inbox of the desk at *origin*. */
  inbox?: string | undefined;
  /** The nonce of the page's content security policy. */
  nonce?: string | undefined;
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
  const { endpoint, site, inbox, widget, loader } = script.dataset;
  return {
    endpoint: endpoint === "" ? "/chat/token" : endpoint,
    site,
    inbox,
    widget: widget ?? loader,
    origin: new URL(script.src, location.href).origin,
    nonce: script.nonce,
  };
}

/** Say which address to ask for tokens; an endpoint of the page's own goes first. */
export function endpointOf({ endpoint, site, origin = "" }: Options): string | null {
  if (endpoint) return endpoint;
  return site ? `${origin}/v1/sites/${encodeURIComponent(site)}/token` : null;
}

/** Say where the widget's loader is, or undefined when the page loads it. */
export function widgetOf({ widget, inbox, origin = "" }: Options): string | undefined {
  return widget ?? (inbox ? `${origin}/widget/${encodeURIComponent(inbox)}.js` : undefined);
}

/**
 * Give the proof of who is signed in: null when nobody is, undefined when the page has no
 * way to say. Looked up at each request, so that scripts may come in any order.
 */
export async function proofOf(options: Options): Promise<string | null | undefined> {
  return (options.proof ?? window.callingcardSettings?.proof)?.();
}
