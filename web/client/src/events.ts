/** What happens in the client, told to whoever on the page wants to know. */

/** The person a token speaks for, as the server named them. */
export interface Identity {
  email?: string;
  userId?: string;
}

/** Each event and what its handlers are given. */
export interface Happenings {
  /** The chat now knows this person. */
  identified: Identity;
  /** The chat is open and knows nobody. */
  anonymous: undefined;
  /** The same person goes on with a newer token. */
  refreshed: Identity;
  /** The person signed out, in this tab or in another one. */
  loggedOut: undefined;
  /** Something failed; the chat goes on as it was, or anonymously. */
  error: Error;
}

export type EventName = keyof Happenings;
export type Handler<Name extends EventName> = (detail: Happenings[Name]) => void;

/** A list of handlers per event. */
export class Events {
  readonly #handlers = new Map<EventName, Set<(detail: never) => void>>();

  /** Call *handler* each time *name* happens from now on. */
  on<Name extends EventName>(name: Name, handler: Handler<Name>): void {
    const known = this.#handlers.get(name);
    if (known) known.add(handler);
    else this.#handlers.set(name, new Set([handler]));
  }

  /** Stop calling *handler*. */
  off<Name extends EventName>(name: Name, handler: Handler<Name>): void {
    this.#handlers.get(name)?.delete(handler);
  }

  /** Tell everyone; a handler that throws shows up as the page's own error and stops nobody. */
  emit<Name extends EventName>(name: Name, detail: Happenings[Name]): void {
    for (const handler of this.#handlers.get(name) ?? []) {
      try {
        (handler as Handler<Name>)(detail);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
