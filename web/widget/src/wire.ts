/**
 * What the host page's loader and the chat frame say to each other by postMessage.
 *
 * Both sides check who speaks (origin and window) before they look at a message, and its
 * shape here before they act on it. The frame makes a nonce for each of its lives; every
 * message carries it, so that nothing meant for an earlier life is obeyed.
 */

/** Who the host page says is signed in; both empty when nobody is. */
export interface Identity {
  readonly email: string;
  readonly token: string;
}

/** How the page wants its chat. */
export interface Look {
  /** Part of the page, and always open. */
  readonly inline: boolean;
  /** Whether the field gets the focus when the chat appears inline. */
  readonly focus: boolean;
  /** Whether another conversation may be begun beside the ones there are. */
  readonly newThread: boolean;
}

/** What the loader tells the frame; each message also carries `page`, the address the visitor is at. */
export type ToFrame =
  | {
      readonly type: "start";
      readonly identity: Identity;
      readonly open: boolean;
      readonly full: boolean;
      /** The page said goodbye to the earlier visitor before the frame was there. */
      readonly clean: boolean;
      readonly look: Look;
    }
  | { readonly type: "identity"; readonly identity: Identity }
  /** The visitor is somewhere else now: ask anew what fits; *fresh* opens another conversation. */
  | { readonly type: "refresh"; readonly identity: Identity; readonly fresh: boolean }
  | { readonly type: "full"; readonly full: boolean }
  | { readonly type: "open" }
  | { readonly type: "close" }
  /** End the session and forget the person; *stay* says whether a new one is to begin here. */
  | { readonly type: "end"; readonly stay: boolean };

/** Events of the host page's SDK that start in the frame. */
export type EventName =
  | "conversationStarted"
  | "conversationClosed"
  | "userSelectedThread"
  | "unreadConversationCountChanged"
  | "contactAssociated"
  | "userInteractedWithWidget"
  | "quickReplyButtonClick"
  | "widgetLoaded"
  | "widgetClosed";

/** What the frame tells the loader. */
export type ToHost =
  | { readonly type: "hello" }
  /** *hidden*: there is nothing here for this visitor on this page. */
  | { readonly type: "size"; readonly open: boolean; readonly hidden: boolean }
  | { readonly type: "gone" }
  | { readonly type: "ended" }
  | { readonly type: "event"; readonly name: EventName; readonly payload: object };

/** The key under which the nonce travels; it also marks a message as ours. */
export const NONCE = "callingcard";

/** Read *data* as a message of ours with *type* a string, or null. */
export function envelope(data: unknown): ({ type: string; nonce: string } & Record<string, unknown>) | null {
  if (typeof data !== "object" || data === null) return null;
  const fields = data as Record<string, unknown>;
  const nonce = fields[NONCE];
  if (typeof nonce !== "string" || nonce === "" || typeof fields.type !== "string") return null;
  return { ...fields, type: fields.type, nonce };
}
