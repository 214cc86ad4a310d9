import { describe, expect, test, vi } from "vitest";

import { Problem, request } from "./request.ts";

function answer(status: number, body: string | null, headers: Record<string, string> = {}) {
  const fetched = vi.fn<typeof fetch>(() => Promise.resolve(new Response(body, { status, headers })));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

async function failure(): Promise<Problem> {
  const error: unknown = await request("/v1/x").then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Problem)) throw new Error("expected a Problem");
  return error;
}

describe("a call that works", () => {
  test("returns the JSON", async () => {
    answer(200, '{"a":1}', { "Content-Type": "application/json" });
    expect(await request("/v1/x")).toEqual({ a: 1 });
  });

  test("returns nothing for 204", async () => {
    answer(204, null);
    await expect(request("/v1/x", { method: "DELETE" })).resolves.toBeUndefined();
  });

  test("declares JSON on every unsafe method, also without a body", async () => {
    const fetched = answer(204, null);
    await request("/v1/x", { method: "DELETE" });
    expect(fetched.mock.calls[0]?.[1]?.headers).toMatchObject({ "Content-Type": "application/json" });
  });
});

describe("a call that fails", () => {
  test("carries the server's own words, code and remedy", async () => {
    answer(
      429,
      JSON.stringify({ title: "Too many", code: "access.slow", detail: "Too many tries.", hint: "Wait." }),
      { "Content-Type": "application/problem+json", "Retry-After": "3" },
    );
    expect(await failure()).toMatchObject({
      message: "Too many tries.",
      status: 429,
      code: "access.slow",
      hint: "Wait.",
      retryAfterMs: 3000,
    });
  });

  test("is still a problem when a proxy answers in HTML", async () => {
    answer(502, "<h1>Bad gateway</h1>", { "Content-Type": "text/html" });
    expect(await failure()).toMatchObject({ message: "The server answered 502.", code: "http.502" });
  });

  test("is a problem when nobody answers", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed")));
    expect(await failure()).toMatchObject({ status: 0, code: "network.unreachable" });
  });

  test("is a problem when the answer is not JSON", async () => {
    answer(200, "<h1>Hello</h1>");
    expect(await failure()).toMatchObject({ code: "network.unreadable" });
  });

  test("is no problem when the caller gave up", async () => {
    const gone = new AbortController();
    gone.abort();
    vi.stubGlobal("fetch", () => Promise.reject(new DOMException("gone", "AbortError")));
    await expect(request("/v1/x", { signal: gone.signal })).rejects.not.toBeInstanceOf(Problem);
  });
});
