import { Problem } from "@callingcard/kit/request.ts";
import { beforeEach, expect, test, vi } from "vitest";

import { call, restore, restoreProblem, session, takeTicket } from "./session.ts";

const ADA = { agent: { id: "a1", email: "g@example.com", name: "Grace", role: "agent" as const }, workspace: "Ink & Paper" };

function answer(status: number, body: unknown) {
  const type = status < 400 ? "application/json" : "application/problem+json";
  const fetched = vi.fn<typeof fetch>(() =>
    Promise.resolve(new Response(JSON.stringify(body), { status, headers: { "Content-Type": type } })),
  );
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

beforeEach(() => {
  session.value = undefined;
  history.replaceState(null, "", "/app");
});

test("a session that still stands is found again", async () => {
  answer(200, ADA);
  await restore();
  expect(session.value).toEqual(ADA);
});

test("nobody signed in is no failure", async () => {
  answer(401, { code: "access.signed_out" });
  await restore();
  expect([session.value, restoreProblem.value]).toEqual([null, null]);
});

test("a server that cannot be reached is not taken for signed out", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed")));
  await restore();
  expect(session.value).toBeUndefined();
  expect(restoreProblem.value?.code).toBe("network.unreachable");
});

test("a ticket is used once and leaves the address", async () => {
  history.replaceState(null, "", "/app#ticket=abc");
  const fetched = answer(200, ADA);
  await restore();
  expect(fetched.mock.calls[0]?.[1]?.body).toBe('{"ticket":"abc"}');
  expect(location.hash).toBe("");
  expect(takeTicket()).toBeNull();
});

test("a ticket that was used before says so on the sign-in page", async () => {
  history.replaceState(null, "", "/app#ticket=abc");
  answer(401, { code: "access.bad_credentials", detail: "This link was already used." });
  await restore();
  expect(session.value).toBeNull();
  expect(restoreProblem.value?.message).toBe("This link was already used.");
});

test("a 401 anywhere ends the session here too", async () => {
  session.value = ADA;
  answer(401, { code: "access.signed_out" });
  await expect(call("/v1/inbox/conversations")).rejects.toBeInstanceOf(Problem);
  expect(session.value).toBeNull();
});
