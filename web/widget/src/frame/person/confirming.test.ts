import { describe, expect, test } from "vitest";
import type { Answer, Desk, Session } from "../protocol.ts";
import { Confirming } from "./confirming.ts";

const failed = (status: number, retryMs = 0): Answer<never> => ({ ok: false, status, detail: "internal words", retryMs });
const RAISED = { session: "s2", evidence: "verified" } as Session;

function confirming(...answers: Answer<unknown>[]) {
  const asked: string[] = [];
  const raised: string[] = [];
  const answer = (line: string) => {
    asked.push(line);
    return Promise.resolve(answers.shift() ?? { ok: true, value: RAISED });
  };
  const held = { bearer: "s1" as string | null };
  const desk = {
    sendCode: (bearer: string, email: string) => answer(`${bearer} send ${email}`),
    verifyCode: (bearer: string, code: string) => answer(`${bearer} verify ${code}`),
  };
  const form = new Confirming(desk as unknown as Desk, {
    bearer: () => held.bearer,
    held: (call) => call(),
    raised: (session, email) => { raised.push(`${session.session} ${email}`); },
  });
  return { form, asked, raised, held };
}

describe("Confirming", () => {
  test("a code goes to the address and raises whoever brings it back", async () => {
    const { form, asked, raised } = confirming();
    form.email.value = " ada@example.com ";
    await form.send();
    expect(form.stage.value).toBe("code");
    form.code.value = "123 456";
    expect(await form.verify()).toBe(true);
    expect(asked).toEqual(["s1 send ada@example.com", "s1 verify 123456"]);
    expect([raised, form.code.value, form.email.value, form.stage.value]).toEqual([["s2 ada@example.com"], "", "", "address"]);
  });

  test("what cannot be an address or a code is not sent", async () => {
    const { form, asked } = confirming();
    form.email.value = "ada";
    await form.send();
    expect(form.problem.value).toContain("does not look like an e-mail address");
    form.stage.value = "code";
    form.code.value = "12345";
    expect(await form.verify()).toBe(false);
    expect([form.problem.value, asked]).toEqual(["The code has six digits.", []]);
  });

  test.each([
    [failed(403), "That is not the code"],
    [failed(429, 61_000), "Wait 2 minutes"],
    [failed(0), "cannot be reached"],
    [failed(409), "Write to us without it"],
  ])("%j is said with what to do, in words for visitors", async (answer, words) => {
    const { form, raised } = confirming(answer);
    form.code.value = "123456";
    expect(await form.verify()).toBe(false);
    expect(form.problem.value).toContain(words);
    expect([form.problem.value.includes("internal"), raised]).toEqual([false, []]);
  });

  test("an answer for somebody who is gone raises nobody", async () => {
    const { form, raised, held } = confirming();
    form.code.value = "123456";
    const verifying = form.verify();
    held.bearer = "s9";
    expect(await verifying).toBe(false);
    expect(raised).toEqual([]);
  });
});
