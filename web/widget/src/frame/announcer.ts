/** What the page's SDK is told, each thing once and in the shape that is documented for it. */

import type { EventName } from "../wire.ts";

/** Tells the page. */
export class Announcer {
  readonly #event: (name: EventName, payload: object) => void;
  #touched = false;
  #associated = false;
  #unread = 0;

  constructor(event: (name: EventName, payload: object) => void) {
    this.#event = event;
  }

  /** The visitor did something here; only the first time is news. */
  touched(): void {
    if (!this.#touched) this.#event("userInteractedWithWidget", { message: "visitor has interacted with the widget" });
    this.#touched = true;
  }

  /** Whether the desk knows who the visitor is. */
  associated(known: boolean): void {
    if (known && !this.#associated) this.#event("contactAssociated", { message: "visitor has been associated with a contact" });
    this.#associated = known;
  }

  unread(unreadCount: number): void {
    if (unreadCount !== this.#unread) this.#event("unreadConversationCountChanged", { unreadCount });
    this.#unread = unreadCount;
  }

  pressed(value: string): void {
    this.#event("quickReplyButtonClick", { name: "QUICK_REPLIES", multiSelect: false, value: [value] });
  }

  hidden(): void {
    this.#event("widgetClosed", { message: "widget has closed" });
  }

  /** Something became of the conversation with *id*; the page expects a number. */
  conversation(name: "conversationStarted" | "conversationClosed" | "userSelectedThread", id: string): void {
    this.#event(name, { conversation: { conversationId: Number(id) } });
  }
}
