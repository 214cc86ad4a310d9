import { Problem } from "@callingcard/kit/request.ts";
import { afterEach, expect, test, vi } from "vitest";

import { nameIn } from "./download.ts";
import { BEGINNING, importFile, MOST_REFUSALS, withLine, type Progress } from "./progress.ts";

const line = (told: Partial<Progress>) => JSON.stringify({ ...BEGINNING, problem: undefined, ...told }) + "\n";
const refusal = (at: number) => ({ line: at, reason: "email: Email address is invalid" });

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Answer an import with *chunks*, cut wherever the network likes. */
function answer(...chunks: string[]): void {
  const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk));
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of bytes) controller.enqueue(chunk);
      controller.close();
    },
  });
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(body)));
}

async function told(): Promise<Progress[]> {
  const steps: Progress[] = [];
  await importFile(new Blob(["email\n"]), (step) => steps.push(step), new AbortController().signal);
  return steps;
}

test("each line is a step, wherever the network cuts it, and refusals add up", async () => {
  const all = line({ rows: 100, created: 99, refused: 1, refusals: [refusal(7)] });
  const end = line({ rows: 120, created: 118, refused: 2, refusals: [refusal(113)], finished: true });
  answer(all.slice(0, 20), all.slice(20) + end.slice(0, 5), end.slice(5));
  const steps = await told();
  expect(steps.map((step) => step.rows)).toEqual([100, 120]);
  expect(steps.at(-1)).toMatchObject({ finished: true, problem: null, refusals: [refusal(7), refusal(113)] });
});

test("an import that stops in the middle tells why, and what was done stays told", async () => {
  answer(line({ rows: 100, created: 100 }), line({ rows: 100, created: 100, problem: "Line 140 is no CSV." }));
  expect((await told()).at(-1)).toMatchObject({ created: 100, finished: false, problem: "Line 140 is no CSV." });
});

test("a connection that breaks is no success", async () => {
  answer(line({ rows: 100, created: 100 }));
  await expect(told()).rejects.toMatchObject({ code: "network.broken" });
});

test("a file that is refused as a whole is a problem with its remedy", async () => {
  const body = { code: "desk.bad_spreadsheet", detail: "No column is a property.", hint: "Name one email." };
  const headers = { "Content-Type": "application/problem+json" };
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(body), { status: 422, headers })));
  await expect(told()).rejects.toBeInstanceOf(Problem);
});

test("no more refused rows are kept than anybody reads", () => {
  const many = Array.from({ length: MOST_REFUSALS }, (_, index) => refusal(index));
  const full = withLine(BEGINNING, line({ refusals: many }));
  expect(withLine(full, line({ refusals: [refusal(9999)], refused: 501 })).refusals).toHaveLength(MOST_REFUSALS);
});

test("a file is called what the server says", () => {
  expect(nameIn('attachment; filename="contacts.csv"')).toBe("contacts.csv");
  expect([nameIn(null), nameIn("inline")]).toEqual(["", ""]);
});
