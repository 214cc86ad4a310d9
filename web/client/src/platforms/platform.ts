/** What the client needs of a chat platform; one file beside this one per platform. */

/** What the server says the widget needs to know of one person. */
export type Settings = Record<string, unknown>;

/**
 * One vendor's widget, told what to do when it is time; `Widget` decides when that is.
 *
 * What a vendor has no need of is left out.
 */
export interface Vendor {
  /** Names of the cookies and stored items by which the vendor knows the browser again. */
  traces?: RegExp;
  /** The setting that holds the vendor's public id of the widget. */
  id?: string;
  /** The id that the vendor wants its script element to have. */
  element?: string;
  /** Set what must be set before the vendor's loader runs; called before anything else. */
  set?(settings: Settings | null): void;
  /** Make what the vendor's own snippet makes for the widget *id*, and say where its loader is. */
  loader?(id: string): string | undefined;
  /** Whether the widget can be spoken to now. */
  ready?(): boolean;
  /** Call *again* once it may be ready; without this it is asked from time to time. */
  later?(again: () => void): void;
  /** Show the widget, and say whether what was `set` has reached it with that. */
  open?(settings: Settings | null): boolean;
  /** Tell the widget who is there, or a newer token; leave an open conversation alone. */
  tell?(settings: Settings): void;
  /** Forget who was here; `open` follows as soon as the widget is ready again. */
  clear?(): void;
  /** Notice that the page's address changed without a page load. */
  moved?(): void;
}

/** What a vendor is given to work with. */
export interface Page {
  /** The vendor's public id of the widget, for a chat that opens before anybody is known. */
  app?: string | undefined;
  /** The widget's loader; `none` when the page loads it. */
  widget?: string | undefined;
  /** The nonce of the page's content security policy. */
  nonce?: string | undefined;
  /** Where trouble is told; the page itself must never notice. */
  trouble: (error: unknown) => void;
  /** What a vendor calls when it has looked at a token; with an error if it is refused. */
  verdict: (error?: unknown) => void;
  /** Renew now: the vendor says that its token is over. */
  refresh: () => Promise<void>;
  /** Give a token that is not *seen*, renewing when it must; null when nobody is known. */
  fresh: (seen?: string) => Promise<string | null>;
}
