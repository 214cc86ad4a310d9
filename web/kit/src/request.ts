/**
 * One way to call our own HTTP API, and one way for it to fail.
 *
 * Every failure is a `Problem`, whether the server explained itself (RFC 9457), a proxy
 * answered in HTML, or nobody answered at all, so that callers write one `catch`.
 */

/** What a failed call says: what happened, what to do about it, and the code to quote. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: string;
  readonly hint: string;
  /** Which fields were refused, and why; empty unless the input was invalid. */
  readonly fields: Readonly<Record<string, string>>;
  /** How long to wait before trying again, when the server said so. */
  readonly retryAfterMs: number | null;

  constructor(
    message: string,
    about: {
      status: number;
      code: string;
      hint?: string;
      fields?: Record<string, string>;
      retryAfterMs?: number | null;
    },
  ) {
    super(message);
    this.status = about.status;
    this.code = about.code;
    this.hint = about.hint ?? "";
    this.fields = about.fields ?? {};
    this.retryAfterMs = about.retryAfterMs ?? null;
  }
}

/** What may be said about one call; a `body` is sent as JSON. */
export interface RequestOptions {
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  timeoutMs?: number;
}

const TIMEOUT_MS = 20_000;

/** Call *path* and return its JSON, or undefined for 204. Throws `Problem`, or AbortError. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined as T;
  return (await json(response)) as T;
}

async function send(path: string, options: RequestOptions): Promise<Response> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  const init: RequestInit = { method: options.method ?? "GET", headers };
  // Unsafe methods must declare JSON even when empty: the server tells forged forms by it.
  if (init.method !== "GET") headers["Content-Type"] = "application/json";
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  init.signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  try {
    return await fetch(path, init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw unreachable(timeout.aborted);
  }
}

function unreachable(timedOut: boolean): Problem {
  return timedOut
    ? new Problem("The server took too long to answer.", {
        status: 0,
        code: "network.timeout",
        hint: "Try again in a moment.",
      })
    : new Problem("The server cannot be reached.", {
        status: 0,
        code: "network.unreachable",
        hint: "Check the connection, then try again.",
      });
}

async function json(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new Problem("The answer could not be read.", {
      status: response.status,
      code: "network.unreadable",
      hint: "Try again; if it stays, tell whoever runs this server.",
    });
  }
}

/** Read the problem out of a failed *response*, also when it is not one of ours. */
export async function problemOf(response: Response): Promise<Problem> {
  const body = await bodyOf(response);
  const text = (key: string): string => (typeof body[key] === "string" ? body[key] : "");
  return new Problem(text("detail") || text("title") || `The server answered ${response.status}.`, {
    status: response.status,
    code: text("code") || `http.${response.status}`,
    hint: text("hint"),
    fields: (body["fields"] as Record<string, string> | undefined) ?? {},
    retryAfterMs: retryAfter(response),
  });
}

async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  if (!response.headers.get("Content-Type")?.includes("json")) return {};
  const body: unknown = await response.json().catch(() => null);
  return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}
