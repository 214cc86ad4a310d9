/** The page's event handlers. */

type Handler = (payload: unknown) => void;

/** Handlers by event name; one that throws harms neither the others nor the page. */
export class Events {
  readonly #handlers = new Map<string, Set<Handler>>();

  on(name: string, handler: Handler): void {
    const known = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, known.add(handler));
  }

  off(name: string, handler: Handler): void {
    this.#handlers.get(name)?.delete(handler);
  }

  emit(name: string, payload: unknown): void {
    for (const handler of [...(this.#handlers.get(name) ?? [])]) {
      try {
        handler(payload);
      } catch (error) {
        console.error(error);
      }
    }
  }
}
