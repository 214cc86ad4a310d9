import { afterEach, expect, test, vi } from "vitest";

import { Writing } from "../editor/writing.ts";
import { details, run } from "../samples.ts";
import { Runner } from "./runner.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Answer every call with *body*; return what was sent. */
function answering(body: unknown, status = 200): () => Record<string, unknown> {
  const fetched = vi.fn<typeof fetch>(() =>
    Promise.resolve(new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } })),
  );
  vi.stubGlobal("fetch", fetched);
  return () => JSON.parse(fetched.mock.calls.at(-1)?.[1]?.body as string) as Record<string, unknown>;
}

test("what is deployed runs as it is, and what was changed runs as it stands in the editor", async () => {
  const sent = answering(run());
  const runner = new Runner(new Writing(details()));
  runner.type({ email: "x" });
  await runner.run();
  expect(sent()).toMatchObject({ source: null, arguments: { email: "x" }, visitor: null });
  runner.writing.source = "def main(): ...";
  await runner.run();
  expect(sent()).toMatchObject({ source: "def main(): ..." });
  expect(runner.state.value).toEqual({ kind: "done", run: run() });
});

test("a visitor is sent when there is an address, and only to a function that visitors call", async () => {
  const sent = answering(run());
  const ada = { email: " ada@example.com ", userId: "7", firstName: "", lastName: "" };
  const runner = new Runner(new Writing(details()));
  runner.visitor.value = ada;
  await runner.run();
  expect(sent()["visitor"]).toEqual({ ...ada, email: "ada@example.com" });
  const open = new Runner(new Writing(details({ triggers: [{ kind: "http", auth: "public" }] })));
  open.visitor.value = ada;
  await open.run();
  expect(sent()["visitor"]).toBeNull();
});

test("arguments that cannot be read are told, and nothing runs", async () => {
  answering(run());
  const schema = { type: "object", properties: { times: { type: "integer" } } };
  const runner = new Runner(new Writing(details({ schema })));
  runner.type({ times: "often" });
  await runner.run();
  expect(runner.reasons.value).toEqual({ times: "This is not a number." });
  expect(runner.state.value.kind).toBe("none");
  expect(fetch).not.toHaveBeenCalled();
});

test("a payload fills the form, and is what comes of it", () => {
  const runner = new Runner(new Writing(details()));
  const payload = { name: "Ada", arguments: { email: "ada@example.com" }, visitor: null };
  runner.load(payload);
  expect(runner.values.value).toEqual({ email: "ada@example.com" });
  expect(runner.payload("Ada")).toEqual(payload);
});

test("a refusal is told, with what it says of the fields", async () => {
  answering({ detail: "It does not take these.", code: "invalid", fields: { email: "is no address" } }, 422);
  const runner = new Runner(new Writing(details()));
  await runner.run();
  expect(runner.state.value).toMatchObject({ kind: "failed", problem: { code: "invalid" } });
  expect(runner.reasons.value).toEqual({ email: "is no address" });
});
