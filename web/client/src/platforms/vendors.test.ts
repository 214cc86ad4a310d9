import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import chatwoot from "./chatwoot.ts";
import crisp from "./crisp.ts";
import drift from "./drift.ts";
import front from "./front.ts";
import helpscout from "./helpscout.ts";
import intercom from "./intercom.ts";
import type { Page, Vendor } from "./platform.ts";
import { salesforce } from "./salesforce.ts";
import tawk from "./tawk.ts";
import { widgetName } from "./vendors.ts";
import { Widget } from "./widget.ts";
import zendesk from "./zendesk.ts";

const page = { trouble: vi.fn(), verdict: vi.fn(), refresh: vi.fn(), fresh: vi.fn() };
let loaders: string[];

function put(make: (page: Page) => Vendor, more: Partial<Page> = {}): Widget {
  const mine = { ...page, ...more };
  return new Widget(mine, make(mine));
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  loaders = [];
  vi.spyOn(document.head, "append").mockImplementation((script) => {
    loaders.push((script as HTMLScriptElement).src);
  });
});

afterEach(() => {
  vi.useRealTimers();
  const ours = ["Intercom", "intercomSettings", "zE", "$crisp", "chatwootSDK", "$chatwoot", "Beacon"];
  const more = ["FrontChat", "Tawk_API", "drift", "embeddedservice_bootstrap"];
  for (const name of [...ours, ...more]) Reflect.deleteProperty(window, name);
  expect(page.trouble).not.toHaveBeenCalled();
});

it("knows under which names a server speaks of a widget", () => {
  expect(widgetName("desk")).toBe("hubspot");
  expect(widgetName("intercom-hmac")).toBe("intercom");
  expect(widgetName("zendesk-chat")).toBe("zendesk-chat");
});

describe("Intercom", () => {
  it("is queued a boot with the page's own settings and the person's", () => {
    window.intercomSettings = { hide_default_launcher: true };
    put(intercom).handOver({ app_id: "abc", intercom_user_jwt: "j1" }, "ada");
    const settings = { hide_default_launcher: true, app_id: "abc", intercom_user_jwt: "j1" };
    expect(window.intercomSettings).toEqual(settings);
    expect(window.Intercom?.q).toEqual([["boot", settings]]);
    expect(loaders).toEqual(["https://widget.intercom.io/widget/abc"]);
  });

  it("is updated, shut down and booted for nobody, without the person's settings", () => {
    const widget = put(intercom);
    widget.handOver({ app_id: "abc", user_id: "7", user_hash: "h" }, "ada");
    widget.handOver({ app_id: "abc", user_id: "7", user_hash: "h2" }, "ada");
    widget.handOver(null, "", true);
    const names = (window.Intercom?.q as unknown[][]).map(([name]) => name);
    expect(names).toEqual(["boot", "update", "shutdown", "boot"]);
    expect(JSON.stringify(window.intercomSettings)).not.toMatch(/user_/);
  });

  it("opens for nobody when the page names the app", () => {
    put(intercom, { app: "abc" }).handOver(null);
    expect(window.Intercom?.q).toEqual([["boot", { app_id: "abc" }]]);
  });

  it("that the page loaded is not loaded twice", () => {
    window.Intercom = Object.assign(vi.fn(), { booted: true });
    put(intercom).handOver({ app_id: "abc", intercom_user_jwt: "j1" }, "ada");
    expect(loaders).toEqual([]);
    expect(window.Intercom).toHaveBeenCalledWith("update", {
      app_id: "abc",
      intercom_user_jwt: "j1",
    });
  });
});

describe("Zendesk", () => {
  type Ask = (give: (token: string) => void) => Promise<void>;
  const asked = (): Ask[] =>
    vi.mocked(window.zE as () => void).mock.calls.map((call: unknown[]) => call[2] as Ask);

  it("asks for its token, and for another one when that ends", async () => {
    window.zE = vi.fn();
    const given: string[] = [];
    page.fresh.mockResolvedValueOnce("j1").mockResolvedValueOnce("j2");
    const widget = put(zendesk);
    widget.handOver({ jwt: "j1" }, "ada");
    widget.handOver({ jwt: "j2" }, "ada");
    expect(window.zE).toHaveBeenCalledOnce();
    await asked()[0]?.((token) => given.push(token));
    await asked()[0]?.((token) => given.push(token));
    expect(given).toEqual(["j1", "j2"]);
    expect(page.fresh).toHaveBeenLastCalledWith("j1");
  });

  it("is never answered with a token of whoever came after", async () => {
    window.zE = vi.fn();
    const give = vi.fn();
    const widget = put(zendesk);
    widget.handOver({ jwt: "j1" }, "ada");
    const ask = asked()[0];
    widget.handOver({ jwt: "g1" }, "grace");
    page.fresh.mockResolvedValueOnce("g1");
    await ask?.(give);
    expect(give).not.toHaveBeenCalled();
    expect(vi.mocked(window.zE).mock.calls.map(([, name]) => name as string)).toEqual([
      "loginUser",
      "logoutUser",
      "loginUser",
    ]);
  });
});

describe("Crisp", () => {
  const ada = { websiteId: "w", tokenId: "t-ada", email: "ada@example.com", signature: "s" };

  it("has its token before it loads, and the signed address in its queue", () => {
    put(crisp).handOver(ada, "ada");
    expect(window.CRISP_TOKEN_ID).toBe("t-ada");
    expect(window.CRISP_WEBSITE_ID).toBe("w");
    expect(window.$crisp).toEqual([["set", "user:email", ["ada@example.com", "s"]]]);
  });

  it("loaded for nobody takes the token of a person at a reset", () => {
    const widget = put(crisp, { app: "w" });
    widget.handOver(null);
    widget.handOver(ada, "ada");
    widget.handOver({ ...ada }, "ada");
    const told = JSON.stringify(window.$crisp);
    expect(told.match(/session:reset/g)).toHaveLength(1);
  });

  it("loses the token before the session is reset at a sign-out", () => {
    const widget = put(crisp);
    widget.handOver(ada, "ada");
    const push = vi.fn(() => {
      expect(window.CRISP_TOKEN_ID).toBeNull();
    });
    window.$crisp = { push };
    widget.handOver(null, "", true);
    expect(push).toHaveBeenCalledWith(["do", "session:reset"]);
  });
});

describe("Chatwoot", () => {
  const ada = {
    websiteToken: "w",
    baseUrl: "https://chat.example",
    identifier: "7",
    user: { identifier_hash: "h" },
  };

  it("runs and is told the user once it has loaded, also after a reset", async () => {
    const calls: string[] = [];
    const widget = put(chatwoot);
    widget.handOver(ada, "ada");
    expect(loaders).toEqual(["https://chat.example/packs/js/sdk.js"]);
    const chat = {
      hasLoaded: false,
      user: undefined as unknown,
      setUser: (identifier: string, user: unknown) => {
        calls.push(`setUser ${identifier}`);
        chat.user = user;
      },
      reset: () => calls.push("reset"),
    };
    window.chatwootSDK = {
      run: (options) => {
        calls.push(`run ${JSON.stringify(options)}`);
        Object.assign(window, { $chatwoot: chat });
      },
    };
    await vi.advanceTimersByTimeAsync(200);
    expect(calls).toEqual(['run {"websiteToken":"w","baseUrl":"https://chat.example"}']);
    chat.hasLoaded = true;
    await vi.advanceTimersByTimeAsync(500);
    widget.handOver({ ...ada, identifier: "8" }, "grace");
    expect(chat.user).toBeUndefined();
    expect(calls.slice(1)).toEqual(["setUser 7", "reset"]);
    chat.hasLoaded = true;
    await vi.advanceTimersByTimeAsync(500);
    expect(calls.slice(1)).toEqual(["setUser 7", "reset", "setUser 8"]);
  });
});

describe("Help Scout", () => {
  it("is queued init, then the signed identity", () => {
    put(helpscout).handOver({ beaconId: "b", identify: { email: "a", signature: "s" } }, "ada");
    expect(window.Beacon?.readyQueue).toEqual([
      { method: "init", options: "b", data: undefined },
      { method: "identify", options: { email: "a", signature: "s" }, data: undefined },
    ]);
  });

  it("ends the chat at a sign-out", () => {
    window.Beacon = vi.fn<(method: string) => void>();
    put(helpscout).handOver(null, "", true);
    expect(window.Beacon).toHaveBeenCalledWith("logout", { endActiveChat: true });
  });
});

describe("Front", () => {
  it("is started once, told newer settings, and started anew after a shutdown", async () => {
    const widget = put(front, { app: "c" });
    widget.handOver({ chatId: "c", email: "a", userHash: "h" }, "ada");
    window.FrontChat = vi.fn();
    await vi.advanceTimersByTimeAsync(100);
    widget.handOver({ chatId: "c", email: "a", userHash: "h2" }, "ada");
    widget.handOver(null, "", true);
    expect(vi.mocked(window.FrontChat).mock.calls).toEqual([
      ["init", { chatId: "c", email: "a", userHash: "h" }],
      ["identity", { chatId: "c", email: "a", userHash: "h2" }],
      ["shutdown", { clearSession: true }],
      ["init", { chatId: "c" }],
    ]);
  });
});

describe("tawk.to", () => {
  it("has an address and its hash before it loads, and logs a user id in", async () => {
    put(tawk).handOver({ propertyId: "p", email: "a", hash: "h" }, "ada");
    expect(window.Tawk_API?.visitor).toEqual({ email: "a", hash: "h" });
    expect(loaders).toEqual(["https://embed.tawk.to/p/default"]);
    const login = vi.fn();
    put(tawk).handOver({ propertyId: "p", userId: "7", hash: "h7" }, "ada");
    expect(window.Tawk_API?.visitor).toEqual({});
    Object.assign(window.Tawk_API ?? {}, { login });
    await vi.advanceTimersByTimeAsync(100);
    expect(login).toHaveBeenCalledWith({ hash: "h7", userId: "7" }, page.verdict);
  });

  it("logs nobody in before it has logged the person before out", async () => {
    const login = vi.fn();
    let gone = (): void => undefined;
    window.Tawk_API = { login, setAttributes: vi.fn(), logout: (told) => (gone = told) };
    const widget = put(tawk);
    widget.handOver({ userId: "7", hash: "h7" }, "ada");
    widget.handOver({ userId: "8", hash: "h8" }, "grace");
    await vi.advanceTimersByTimeAsync(1000);
    expect(login).toHaveBeenCalledOnce();
    gone();
    await vi.advanceTimersByTimeAsync(5000);
    expect(login).toHaveBeenLastCalledWith({ hash: "h8", userId: "8" }, page.verdict);
  });
});

describe("Drift", () => {
  it("is queued the signed identity, as its snippet would", () => {
    const ada = { embedId: "e", userId: "7", attributes: { email: "a" }, userJwt: "j" };
    const widget = put(drift);
    widget.handOver(ada, "ada");
    widget.handOver(null, "", true);
    expect(Array.from(window.drift as unknown[])).toEqual([
      ["identify", "7", { email: "a" }, { userJwt: "j" }],
      ["reset"],
    ]);
    expect(loaders[0]).toMatch(/^https:\/\/js\.driftt\.com\/include\/\d+00000\/e\.js$/);
  });
});

describe("Salesforce", () => {
  const ada = { identityTokenType: "JWT", identityToken: "j1" };
  const ready = () => window.dispatchEvent(new Event("onEmbeddedMessagingReady"));

  it("gets the token when it is ready, and again after the person before is gone", async () => {
    const widget = put(salesforce);
    widget.handOver(ada, "ada");
    const setIdentityToken = vi.fn();
    const clearSession = vi.fn();
    window.embeddedservice_bootstrap = { userVerificationAPI: { setIdentityToken, clearSession } };
    await vi.advanceTimersByTimeAsync(1000);
    expect(setIdentityToken).not.toHaveBeenCalled();
    ready();
    await vi.advanceTimersByTimeAsync(5000);
    widget.handOver({ ...ada, identityToken: "g1" }, "grace");
    expect(clearSession).toHaveBeenCalledWith(true);
    expect(setIdentityToken).toHaveBeenCalledOnce();
    ready();
    await vi.advanceTimersByTimeAsync(5000);
    expect(setIdentityToken).toHaveBeenLastCalledWith({ ...ada, identityToken: "g1" });
  });

  it("has the token renewed when it says that it is over", () => {
    put(salesforce);
    window.dispatchEvent(new Event("onEmbeddedMessagingIdentityTokenExpired"));
    expect(page.refresh).toHaveBeenCalled();
  });
});
