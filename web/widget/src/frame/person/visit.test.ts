import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Identity } from "../../wire.ts";
import type { Answer, Desk, Session } from "../protocol.ts";
import { Vault } from "./vault.ts";
import { Visit } from "./visit.ts";

const NOBODY = { email: "", token: "" };
const ADA = { email: "ada@example.com", token: "ada-1" };
const ADA_LATER = { email: "ada@example.com", token: "ada-2" };
const GRACE = { email: "grace@example.com", token: "grace-1" };

function sessionOf(token: string, evidence: Session["evidence"], conversation: string | null = null): Session {
  return {
    session: token, evidence, contact: evidence === "signed" ? { firstName: "Ada" } : null,
    conversation: conversation === null ? null : { id: conversation, head: 1, readSeq: 0 },
    inbox: { name: "Ink & Paper", answeredBy: "", refusesUnproven: false, codes: false, identification: "optional" }, chatflow: { name: null, welcome: "Hi", says: [{ text: "Hi", data: null }], fits: true }, signedBy: null, signedUntil: null,
  };
}
const ok = (session: Session): Answer<Session> => ({ ok: true, value: session });
const failed = (status: number): Answer<never> => ({ ok: false, status, detail: "", retryMs: 0 });

/** A visit on a scripted desk; `told` is everything that happened, in order. */
function visiting(...answers: (Answer<Session> | Promise<Answer<Session>>)[]) {
  const told: string[] = [];
  const desk = {
    openSession: (identity: Identity, _browser: string, earlier: string | null) => {
      told.push(`open ${identity.token || "nobody"} with ${earlier ?? "nothing"}`);
      return Promise.resolve(answers.shift() ?? ok(sessionOf("s_more", "anonymous")));
    },
    endSession: (session: string) => {
      told.push(`end ${session}`);
      return Promise.resolve({ ok: true, value: null });
    },
  };
  const vault = new Vault("web");
  const visit = new Visit(desk as unknown as Desk, vault, {
    opened: (session, kept, email) => {
      const keeps = [kept.entries && "entries", kept.letters && "letters"].filter(Boolean).join("+");
      told.push(`opened ${session.session} for ${email || "nobody"} keeping ${keeps || "nothing"}`);
    },
    raising: () => undefined,
    shown: (session) => { told.push(`shown ${session.session} with ${session.chatflow.welcome}`); },
    dropped: () => { told.push("dropped"); },
    left: () => { told.push("left"); },
    refused: () => { told.push("refused"); },
  });
  return { visit, vault, told };
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  sessionStorage.clear();
});
afterEach(() => { vi.useRealTimers(); });

describe("beginning", () => {
  test("an anonymous session is remembered and taken up again", async () => {
    const first = visiting(ok(sessionOf("s1", "anonymous")));
    await first.visit.begin(NOBODY);
    const second = visiting(ok(sessionOf("s1", "anonymous")));
    await second.visit.begin(NOBODY);
    expect(second.told[0]).toBe("open nobody with s1");
  });

  test("a signed session is in memory only, and takes the anonymous one's place", async () => {
    const { visit, vault } = visiting(ok(sessionOf("s1", "anonymous")), ok(sessionOf("s1", "signed")));
    await visit.begin(NOBODY);
    await visit.identify(ADA);
    expect([visit.bearer, vault.session]).toEqual(["s1", null]);
    expect(JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])).not.toMatch(/s1|ada/);
  });

  test("an unreachable server is tried again with growing waits", async () => {
    const { visit, told } = visiting(failed(0), failed(503), ok(sessionOf("s1", "anonymous")));
    const begun = visit.begin(NOBODY);
    await vi.advanceTimersByTimeAsync(5000);
    await begun;
    expect(told.filter((line) => line.startsWith("open "))).toHaveLength(3);
    expect(told.at(-1)).toContain("opened s1");
  });

  test.each([403, 404])("a server that says %i is not asked again", async (status) => {
    const { visit, told } = visiting(failed(status));
    await visit.begin(NOBODY);
    expect(told).toEqual(["open nobody with nothing", "refused"]);
  });
});

describe("identity", () => {
  test("the first proof upgrades the anonymous session and keeps what is there", async () => {
    const { visit, told } = visiting(ok(sessionOf("s1", "anonymous", "7")), ok(sessionOf("s1", "signed", "7")));
    await visit.begin(NOBODY);
    await visit.identify(ADA);
    expect(told.slice(-2)).toEqual(["open ada-1 with s1", "opened s1 for ada@example.com keeping entries+letters"]);
  });

  test("a renewed proof of the same person disturbs nothing", async () => {
    const { visit, told } = visiting(ok(sessionOf("s1", "signed")));
    await visit.begin(ADA);
    await visit.identify(ADA_LATER);
    expect(told).toHaveLength(2);
  });

  test("a renewed proof helps where the first one failed", async () => {
    const { visit, told } = visiting(ok(sessionOf("s1", "anonymous")), ok(sessionOf("s1", "signed")));
    await visit.begin(ADA);
    await visit.identify(ADA_LATER);
    expect(told).toContain("open ada-2 with s1");
  });

  test.each([["another person", GRACE, "grace-1"], ["nobody", NOBODY, "nobody"]])(
    "%s: all is dropped and ended before anything is asked for the next",
    async (_, next, asked) => {
      const { visit, told } = visiting(ok(sessionOf("s1", "signed", "7")), ok(sessionOf("s2", "signed", "7")));
      await visit.begin(ADA);
      told.length = 0;
      await visit.identify(next);
      expect(told.slice(0, 4)).toEqual(["dropped", "left", "end s1", `open ${asked} with nothing`]);
      expect(told[4]).toContain("keeping nothing");
    },
  );

  test("who comes while a session is made for somebody else gets a session of their own, and the other ends", async () => {
    let answer: (session: Answer<Session>) => void = () => undefined;
    const slow = new Promise<Answer<Session>>((resolve) => { answer = resolve; });
    const { visit, told } = visiting(slow, ok(sessionOf("s_grace", "signed")));
    const begun = visit.begin(ADA);
    await visit.identify(GRACE);
    answer(ok(sessionOf("s_ada", "signed")));
    await begun;
    expect(told.filter((line) => line.startsWith("opened"))).toEqual(["opened s_grace for grace@example.com keeping nothing"]);
    expect(told).toContain("end s_ada");
    expect(visit.bearer).toBe("s_grace");
  });

  test("a proof renewed while the first is on its way does not end anything", async () => {
    let answer: (session: Answer<Session>) => void = () => undefined;
    const slow = new Promise<Answer<Session>>((resolve) => { answer = resolve; });
    const { visit, told } = visiting(slow, ok(sessionOf("s2", "signed")));
    const begun = visit.begin(ADA);
    await visit.identify(ADA_LATER);
    answer(ok(sessionOf("s1", "signed")));
    await begun;
    expect([visit.bearer, told.filter((line) => line.startsWith("end "))]).toEqual(["s2", []]);
  });
});

describe("ending", () => {
  test("forgets here, ends there, and never uses the same proof again", async () => {
    const { visit, told } = visiting(ok(sessionOf("s1", "signed")));
    await visit.begin(ADA);
    await visit.end(true);
    await visit.identify(ADA);
    expect(told.slice(2, 6)).toEqual(["dropped", "left", "end s1", "open nobody with nothing"]);
    expect(told.filter((line) => line.includes("open ada-1"))).toHaveLength(1);
  });

  test("without staying no new session is made", async () => {
    const { visit, told } = visiting(ok(sessionOf("s1", "signed")));
    await visit.begin(ADA);
    await visit.end(false);
    expect([told.at(-1), visit.bearer]).toEqual(["end s1", null]);
  });

  test("in another tab: all is dropped, nothing of the old proof is used, the tabs do not answer each other", async () => {
    const { visit, told } = visiting(ok(sessionOf("s1", "signed")));
    await visit.begin(ADA);
    told.length = 0;
    await visit.endedElsewhere();
    expect(told).toEqual(["dropped", "open nobody with nothing", "opened s_more for nobody keeping nothing"]);
  });
});

describe("renewing", () => {
  test("is silent and keeps the conversation when it comes back", async () => {
    const { visit, told } = visiting(ok(sessionOf("s1", "signed", "7")), ok(sessionOf("s2", "signed", "7")));
    await visit.begin(ADA);
    await visit.renew(false);
    expect(told.slice(2)).toEqual(["open ada-1 with nothing", "opened s2 for ada@example.com keeping entries+letters"]);
  });

  test("as somebody less known keeps nothing", async () => {
    const { visit, told } = visiting(ok(sessionOf("s1", "signed", "7")), ok(sessionOf("s2", "anonymous")));
    await visit.begin(ADA);
    await visit.renew(false);
    expect(told.at(-1)).toBe("opened s2 for nobody keeping nothing");
  });

  test("again and again waits longer and longer", async () => {
    const { visit, told } = visiting();
    await visit.begin(NOBODY);
    await visit.renew(false);
    const second = visit.renew(false);
    await vi.advanceTimersByTimeAsync(400);
    expect(told.filter((line) => line.startsWith("open "))).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1000);
    await second;
    expect(told.filter((line) => line.startsWith("open "))).toHaveLength(3);
  });
});

describe("going somewhere else on the site", () => {
  const elsewhere = (session: Session): Session => ({ ...session, chatflow: { ...session.chatflow, welcome: "Elsewhere" } });

  test("asks with the session that is held, and disturbs nobody", async () => {
    const { visit, told } = visiting(ok(sessionOf("s1", "anonymous", "7")), ok(elsewhere(sessionOf("s1", "anonymous"))));
    await visit.begin(NOBODY);
    await visit.refresh(NOBODY);
    expect(told.slice(2)).toEqual(["open nobody with s1", "shown s1 with Elsewhere"]);
  });

  test("a token that is over demotes nobody", async () => {
    const { visit, told } = visiting(ok(sessionOf("s1", "signed")), ok(elsewhere(sessionOf("s2", "anonymous"))));
    await visit.begin(ADA);
    await visit.refresh(ADA);
    expect([visit.bearer, told.at(-1)]).toEqual(["s1", "shown s1 with Elsewhere"]);
  });

  test("another person is another person there too", async () => {
    const { visit, told } = visiting(ok(sessionOf("s1", "signed")), ok(sessionOf("s2", "signed")));
    await visit.begin(ADA);
    await visit.refresh(GRACE);
    expect(told).toContain("dropped");
    expect(told.filter((line) => line.startsWith("open "))).toEqual(["open ada-1 with nothing", "open grace-1 with nothing"]);
  });

  test("an unreachable server changes nothing", async () => {
    const { visit, told } = visiting(ok(sessionOf("s1", "anonymous")), failed(0));
    await visit.begin(NOBODY);
    const before = told.length;
    await visit.refresh(NOBODY);
    expect([visit.bearer, told.slice(before)]).toEqual(["s1", ["open nobody with s1"]]);
  });
});

test("a code raises the session: its words stay, its secret is new", async () => {
  const { visit, vault, told } = visiting(ok(sessionOf("s1", "anonymous", "7")));
  await visit.begin(NOBODY);
  visit.raised(sessionOf("s2", "verified", "7"), "ada@example.com");
  expect(told.at(-1)).toBe("opened s2 for ada@example.com keeping entries+letters");
  expect([visit.bearer, vault.session, localStorage.getItem("callingcard.web.session")]).toEqual(["s2", "s2", null]);
});
