/** What the client needs from a chat platform; one file beside this one per platform. */

/**
 * How new settings reach the widget:
 * `open` it for the first time, `keep` what the visitor is doing, or `reset` it
 * so that nothing of the person before is left.
 */
export type Manner = "open" | "keep" | "reset";

/** A chat widget on the page. */
export interface Platform {
  /** The names under which a server speaks of it. */
  readonly names: readonly string[];
  /** Stop the widget from opening before it is known who is there. */
  prepare(): void;
  /** Give the widget a person's settings, or take them away with null. */
  handOver(settings: Record<string, unknown> | null, manner: Manner): void;
  /** Tell the widget that the page's address changed without a page load. */
  navigated(): void;
}

/** What a platform is given to work with. */
export interface Surroundings {
  /** The widget's loader, when the page does not load it itself. */
  widget?: string | undefined;
  /** The nonce of the page's content security policy. */
  nonce?: string | undefined;
  /** Where trouble is told; the page itself must never notice. */
  trouble: (error: Error) => void;
}
