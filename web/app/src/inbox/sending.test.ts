import { Problem } from "@callingcard/kit/request.ts";
import { beforeEach, describe, expect, test, vi } from "vitest";

import { arrivedInLog, draftOf, hasUnsent, keepDraft, outcomeOf, outgoing, ownSending, retry, send, takeBack } from "./sending.ts";

const problem = (status: number, code = "x", retryAfterMs: number | null = null) => new Problem("No.", { status, code, retryAfterMs });
const letters = (id = "c1") => (outgoing.value.get(id) ?? []).map((letter) => [letter.text, letter.state]);

function server(...statuses: number[]) {
  const fetched = vi.fn<typeof fetch>(() => {
    const status = statuses.length > 1 ? (statuses.shift() ?? 500) : (statuses[0] ?? 500);
    const headers = { "Content-Type": status < 400 ? "application/json" : "application/problem+json" };
    return Promise.resolve(new Response('{"seq":1,"detail":"Too long."}', { status, headers }));
  });
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

beforeEach(() => {
  ownSending("somebody");
  ownSending(null);
});

describe("a failed attempt", () => {
  test.each([
    ["no connection", problem(0, "network.unreachable"), { kind: "later", afterMs: 0 }],
    ["too many", problem(429, "access.slow", 3000), { kind: "later", afterMs: 3000 }],
    ["a server at fault", problem(503), { kind: "later", afterMs: 0 }],
    ["a message that cannot be", problem(422), { kind: "refused", reason: "No." }],
    ["nobody signed in", problem(401), { kind: "locked" }],
  ])("%s", (_name, error, outcome) => {
    expect(outcomeOf(error)).toEqual(outcome);
  });
});

test("a message shows at once, is sent, and goes when the log shows it", async () => {
  const fetched = server(201);
  send("c1", "Hello");
  expect(letters()).toEqual([["Hello", "sending"]]);
  await vi.waitFor(() => {
    expect(letters()).toEqual([["Hello", "sent"]]);
  });
  const id = outgoing.value.get("c1")?.[0]?.id ?? "";
  expect(fetched.mock.calls[0]?.[1]?.body).toBe(JSON.stringify({ clientMessageId: id, text: "Hello" }));
  arrivedInLog("c1", id);
  expect(letters()).toEqual([]);
});

test("a refused message waits for its writer, and keeps its id when tried again", async () => {
  const fetched = server(422, 201);
  send("c1", "Hello");
  await vi.waitFor(() => {
    expect(letters()).toEqual([["Hello", "failed"]]);
  });
  expect(hasUnsent()).toBe(true);
  retry("c1", outgoing.value.get("c1")?.[0]?.id ?? "");
  await vi.waitFor(() => {
    expect(letters()).toEqual([["Hello", "sent"]]);
  });
  expect(fetched.mock.calls[1]?.[1]?.body).toBe(fetched.mock.calls[0]?.[1]?.body);
  expect(hasUnsent()).toBe(false);
});

test("a refused message can be taken back into the draft", async () => {
  server(422);
  keepDraft("c1", "And also");
  send("c1", "Hello");
  await vi.waitFor(() => {
    expect(letters()).toEqual([["Hello", "failed"]]);
  });
  const letter = outgoing.value.get("c1")?.[0];
  if (!letter) throw new Error("the letter is gone");
  takeBack("c1", letter);
  expect([draftOf("c1"), letters()]).toEqual(["And also\nHello", []]);
});

test("another agent sees nothing of the first one's words", () => {
  server(201);
  ownSending("a1");
  keepDraft("c1", "Private");
  send("c1", "Hello");
  ownSending("a1");
  expect(draftOf("c1")).toBe("Private");
  ownSending("a2");
  expect([draftOf("c1"), letters()]).toEqual(["", []]);
});
