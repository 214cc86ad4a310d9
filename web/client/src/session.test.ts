import { describe, expect, it, vi } from "vitest";
import { fakeServer, granted, nobody, problem, type Answer } from "./fakes.ts";
import { HOUR, events, open, opened, page, setTheStage } from "./stage.ts";

setTheStage();

describe("opening the chat", () => {
  it("hands the token over before the widget loads", async () => {
    const { session } = await opened(granted("t1"));
    expect(page.widget.calls).toEqual(["load t1"]);
    expect(page.heard).toEqual(["identified"]);
    expect(await session.token()).toBe("t1");
  });

  it("takes nothing but the identity from the answer's settings", async () => {
    await opened(granted("t1"));
    expect(window.hsConversationsSettings).toEqual({
      loadImmediately: false,
      identificationEmail: "ada@example.com",
      identificationToken: "t1",
    });
  });

  it("asks with an empty JSON object and the page's own cookies", async () => {
    const { server } = await opened(granted("t1"));
    expect(server.requests[0]).toMatchObject({
      method: "POST",
      url: "/chat/token",
      init: {
        body: "{}",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json" },
      },
    });
  });

  it("opens anonymously and without a word when nobody is signed in", async () => {
    const { session } = await opened(nobody);
    expect(page.widget.calls).toEqual(["load"]);
    expect(page.heard).toEqual(["anonymous"]);
    expect(page.warn).not.toHaveBeenCalled();
    expect(await session.token()).toBeNull();
  });

  it.each<[string, Answer]>([
    ["the server fails", problem(500, "upstream")],
    ["the origin is refused", problem(403, "identity.origin_not_allowed")],
    ["the network is away", () => Promise.reject(new TypeError("failed"))],
    ["the answer is no JSON", () => new Response("<html>")],
    ["the answer holds no token", () => Response.json({ platform: "hubspot" })],
    ["the token is for another platform", granted("t1", "ada@example.com", "intercom")],
  ])("opens anonymously with one warning when %s", async (_, answer) => {
    const { session } = await opened(answer);
    expect(page.widget.calls).toEqual(["load"]);
    expect(page.heard).toEqual(["error", "anonymous"]);
    expect(page.warn).toHaveBeenCalledOnce();
    expect(await session.token()).toBeNull();
  });

  it("warns when the page names no endpoint, and asks nobody", async () => {
    const server = fakeServer(granted("t1"));
    await open(null).refresh();
    expect(server.requests).toEqual([]);
    expect(page.widget.calls).toEqual(["load"]);
    expect(page.warn).toHaveBeenCalledOnce();
  });

  it("says no address and no token in its warning", async () => {
    await opened(granted("secret-token", "ada@example.com", "intercom"));
    expect(String(page.warn.mock.calls[0])).not.toMatch(/secret-token|ada@/);
  });

  it("sends a proof as a bearer", async () => {
    const server = fakeServer(granted("t1"));
    await open("https://desk.example/v1/sites/shop/token", "proof").refresh();
    expect(server.requests[0]?.init.headers).toMatchObject({ Authorization: "Bearer proof" });
  });

  it("asks nobody when the proof says that nobody is signed in", async () => {
    const server = fakeServer(granted("t1"));
    await open("https://desk.example/v1/sites/shop/token", null).refresh();
    expect(server.requests).toEqual([]);
    expect(page.heard).toEqual(["anonymous"]);
  });

  it("identifies a widget that the page had loaded already", async () => {
    page.widget.preload();
    await opened(granted("t1"));
    expect(page.widget.calls).toEqual(["refresh t1"]);
  });

  it("waits for a loader that comes late", async () => {
    delete window.HubSpotConversations;
    delete window.hsConversationsOnReady;
    await opened(granted("t1"));
    window.HubSpotConversations = page.widget.chat;
    const queued = window as { hsConversationsOnReady?: (() => void)[] };
    for (const act of queued.hsConversationsOnReady ?? []) act();
    expect(page.widget.calls).toEqual(["load t1"]);
  });

  it("survives a widget that throws", async () => {
    page.widget.chat.widget.load = () => {
      throw new Error("broken");
    };
    await opened(granted("t1"));
    expect(page.heard).toEqual(["error", "identified"]);
  });
});

describe("renewing", () => {
  it("fetches a new token a little after refreshAt and keeps the conversation", async () => {
    const { server, session } = await opened(granted("t1"), granted("t2"));
    await vi.advanceTimersByTimeAsync(11 * HOUR - 1);
    expect(server.asked()).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked()).toBe(2);
    expect(page.widget.calls).toEqual(["load t1", "refresh t2"]);
    expect(page.heard).toEqual(["identified", "refreshed"]);
    expect(await session.token()).toBe("t2");
  });

  it("leaves the widget alone when the server hands out the same token again", async () => {
    const { session } = await opened(granted("t1"));
    await session.refresh();
    expect(page.widget.calls).toEqual(["load t1"]);
  });

  it.each([
    ["the page is looked at again", () => document.dispatchEvent(new Event("visibilitychange"))],
    ["the network is back", () => window.dispatchEvent(new Event("online"))],
    ["the page is shown again", () => window.dispatchEvent(new Event("pageshow"))],
  ])("catches up when %s after a sleep", async (_, wake) => {
    const { server } = await opened(granted("t1"), granted("t2"));
    wake();
    expect(server.asked()).toBe(1);
    vi.setSystemTime(Date.now() + 13 * HOUR); // timers did not run meanwhile
    wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(server.asked()).toBe(2);
    expect(page.widget.calls).toEqual(["load t1", "refresh t2"]);
  });

  it("asks once when many things ask at a time", async () => {
    const { server, session } = await opened(granted("t1"), granted("t2"));
    await Promise.all([session.refresh(), session.refresh(), session.refresh()]);
    expect(server.asked()).toBe(2);
  });

  it("tries again later and later after failures, and warns once", async () => {
    const { server } = await opened(problem(503, "upstream"));
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(server.asked()).toBeGreaterThan(5);
    expect(server.asked()).toBeLessThan(15);
    expect(page.warn).toHaveBeenCalledOnce();
  });

  it("waits as long as the server says", async () => {
    const { server } = await opened(problem(429, "limit_exceeded", { "Retry-After": "600" }));
    await vi.advanceTimersByTimeAsync(599_000);
    expect(server.asked()).toBe(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(server.asked()).toBe(2);
  });

  it("forgets the person, with one warning, when the proof is good no more", async () => {
    const { server, session } = await opened(granted("t1"), problem(401, "identity.proof"));
    await session.refresh();
    expect(page.widget.calls).toEqual(["load t1", "clear and reset"]);
    expect(page.heard).toEqual(["identified", "error", "anonymous"]);
    expect(await session.token()).toBeNull();
    await vi.advanceTimersByTimeAsync(24 * HOUR);
    expect(server.asked()).toBe(2);
    expect(page.warn).toHaveBeenCalledOnce();
  });

  it("warns once, also when it went well in between", async () => {
    const { session } = await opened(problem(503, "a"), granted("t1"), problem(503, "a"));
    await session.refresh();
    await session.refresh();
    expect(page.heard.filter((name) => name === "error")).toHaveLength(2);
    expect(page.warn).toHaveBeenCalledOnce();
  });

  it("notices within a minute of waking that a laptop slept", async () => {
    const { server } = await opened(granted("t1"), granted("t2"));
    vi.setSystemTime(Date.now() + 13 * HOUR); // and no event says so
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked()).toBe(2);
  });

  it("does not ask again after a 403", async () => {
    const { server } = await opened(problem(403, "identity.origin_not_allowed"));
    await vi.advanceTimersByTimeAsync(24 * HOUR);
    expect(server.asked()).toBe(1);
  });

  it("keeps the conversation when a renewal fails, and hands out no dead token", async () => {
    const { session } = await opened(granted("t1"), problem(503, "upstream"));
    await session.refresh();
    expect(page.widget.calls).toEqual(["load t1"]);
    expect(await session.token()).toBe("t1");
    vi.setSystemTime(Date.now() + 13 * HOUR);
    expect(await session.token()).toBeNull();
  });

  it("goes by the server's clock when this one is wrong", async () => {
    const ahead = Date.now() - 48 * HOUR;
    const answer = () =>
      Response.json(
        { platform: "desk", token: "t1", refreshAt: new Date(ahead + HOUR).toISOString() },
        { headers: { Date: new Date(ahead).toUTCString() } },
      );
    const { server } = await opened(answer);
    await vi.advanceTimersByTimeAsync(HOUR - 1);
    expect(server.asked()).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked()).toBe(2);
  });
});

describe("another person", () => {
  it("is found by identify after a sign-in without a page load", async () => {
    const { session } = await opened(nobody, granted("t1"));
    await session.identify();
    expect(page.widget.calls).toEqual(["load", "refresh t1"]);
    expect(page.heard).toEqual(["anonymous", "identified"]);
  });

  it("is asked for anew when a request from before the sign-in is still under way", async () => {
    const server = fakeServer(nobody, granted("t1"));
    const session = open();
    void session.refresh();
    await session.identify();
    expect(server.asked()).toBe(2);
    expect(await session.token()).toBe("t1");
  });

  it("gets a widget that remembers nothing of the one before", async () => {
    const { session } = await opened(granted("t1"), granted("t2", "grace@example.com"));
    await session.identify();
    expect(page.widget.calls).toEqual(["load t1", "clear and reset t2"]);
    expect(page.heard).toEqual(["identified", "identified"]);
  });

  it("leaves an empty chat when the server says that nobody is signed in any more", async () => {
    const { session } = await opened(granted("t1"), nobody);
    await session.refresh();
    expect(page.widget.calls).toEqual(["load t1", "clear and reset"]);
    expect(page.heard).toEqual(["identified", "anonymous"]);
  });

  it("is noticed when the Back button brings an old page", async () => {
    await opened(granted("t1"), nobody);
    window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    await vi.advanceTimersByTimeAsync(0);
    expect(page.widget.calls).toEqual(["load t1", "clear and reset"]);
  });
});

describe("signing out", () => {
  it("clears the widget at once, then tells the server", async () => {
    const { server, session } = await opened(granted("t1"));
    const done = session.logout();
    expect(page.widget.calls).toEqual(["load t1", "clear and reset"]);
    expect(window.hsConversationsSettings).toEqual({
      loadImmediately: false,
      identificationEmail: "",
      identificationToken: "",
    });
    await done;
    expect(server.requests[1]).toMatchObject({ method: "DELETE", url: "/chat/token" });
    expect(page.heard).toEqual(["identified", "loggedOut"]);
    expect(await session.token()).toBeNull();
  });

  it("deletes the cookies that would recognise the browser", async () => {
    document.cookie = "hubspotutk=1; path=/";
    document.cookie = "messagesUtk=2; path=/";
    document.cookie = "basket=3; path=/";
    const { session } = await opened(granted("t1"));
    await session.logout();
    expect(document.cookie).toBe("basket=3");
  });

  it("ends well when the server fails", async () => {
    const { session } = await opened(granted("t1"));
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed")));
    await session.logout();
    expect(page.warn).toHaveBeenCalledOnce();
    expect(page.heard).toEqual(["identified", "loggedOut", "error"]);
  });

  it("throws away a token that arrives afterwards, and still opens the chat", async () => {
    fakeServer(granted("t1"));
    const session = open();
    const asking = session.refresh();
    await session.logout();
    await asking;
    expect(page.widget.calls).toEqual(["load"]);
    expect(page.heard).toEqual(["loggedOut"]);
  });

  it("renews nothing afterwards", async () => {
    const { server, session } = await opened(granted("t1"));
    await session.logout();
    await vi.advanceTimersByTimeAsync(48 * HOUR);
    expect(server.asked()).toBe(1);
  });
});

describe("handlers", () => {
  it("that throw are reported and stop nobody", async () => {
    const reported = vi.fn();
    vi.stubGlobal("reportError", reported);
    const bad = (): void => {
      throw new Error("the page's own fault");
    };
    events.on("anonymous", bad);
    await opened(nobody);
    events.off("anonymous", bad);
    expect(reported).toHaveBeenCalledOnce();
    expect(page.widget.calls).toEqual(["load"]);
  });
});
