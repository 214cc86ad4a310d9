import { describe, expect, it, vi } from "vitest";
import { fakeServer, granted, nobody, problem, type Answer } from "./fakes.ts";
import { FakeChannel, freshWidget, open, opened, page, setTheStage } from "./stage.ts";

setTheStage();

describe("other tabs", () => {
  it("forget the person too", async () => {
    const { session } = await opened(granted("t1"));
    const other = open();
    await other.refresh();
    await session.logout();
    expect(await other.token()).toBeNull();
    expect(page.heard.filter((name) => name === "loggedOut")).toHaveLength(2);
  });

  it("fetch a token of their own after a sign-in, and tell it to nobody", async () => {
    const { server } = await opened(granted("t1"));
    const answers = server.asked();
    page.tabs.at(0)?.onmessage?.({ data: { person: '[null,"grace@example.com"]' } });
    await vi.advanceTimersByTimeAsync(0);
    expect(server.asked()).toBe(answers + 1);
  });

  it("never answer each other for ever, even when each sees another person", async () => {
    let count = 0;
    const server = fakeServer(() => granted(`t${count}`, `person${count++}@example.com`)());
    await Promise.all([open().refresh(), open().refresh()]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.asked()).toBeLessThan(8);
  });

  it("are not moved by news they cannot read", async () => {
    const { server } = await opened(granted("t1"));
    for (const data of [null, "out", {}, { person: 7 }]) page.tabs.at(0)?.onmessage?.({ data });
    expect(page.heard).toEqual(["identified"]);
    expect(server.asked()).toBe(1);
  });

  it("are told who signed in, but no token, proof or claim", async () => {
    const told = vi.spyOn(FakeChannel.prototype, "postMessage");
    fakeServer(granted("secret-token"));
    await open("/chat/token", "secret-proof").refresh();
    expect(told).toHaveBeenCalledOnce();
    expect(JSON.stringify(told.mock.calls)).not.toContain("secret");
  });

  it("take over a token that one of them renewed, and ask for none", async () => {
    const { server, session } = await opened(granted("t1"), granted("t1"), granted("t2"));
    const other = open();
    await other.refresh();
    vi.setSystemTime(Date.now() + 1000);
    await session.refresh();
    expect(server.asked()).toBe(3);
    expect(await other.token()).toBe("t2");
    expect(page.heard.filter((name) => name === "refreshed")).toHaveLength(2);
  });

  it("take no token of another person", async () => {
    const { session } = await opened(granted("t1"), granted("t1"));
    const grant = { platform: "hubspot", token: "g", identity: {}, settings: {}, refreshAt: 9e15 };
    page.tabs.at(0)?.onmessage?.({ data: { person: "grace", grant } });
    await vi.advanceTimersByTimeAsync(0);
    expect(await session.token()).toBe("t1");
  });
});

describe("a browser that somebody used before", () => {
  const used = async (): Promise<void> => {
    await opened(granted("t1"));
    document.cookie = "messagesUtk=ada; path=/";
    freshWidget();
  };

  it("goes on for the same person", async () => {
    await used();
    await opened(granted("t2"));
    expect(document.cookie).toContain("messagesUtk=ada");
  });

  it.each<[string, Answer]>([
    ["nobody is signed in", nobody],
    ["it is another person", granted("t2", "grace@example.com")],
    ["nobody can tell", problem(503, "upstream")],
  ])("forgets that person before the chat opens when %s", async (_, answer) => {
    await used();
    await opened(answer);
    expect(document.cookie).not.toContain("messagesUtk=ada");
  });

  it("keeps nothing that tells who it was", async () => {
    await used();
    expect(JSON.stringify(localStorage)).not.toMatch(/ada|t1/);
  });
});
