import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { NONCE } from "../wire.ts";
import type { Api, HostWindow } from "./api.ts";
import { boot, placeOf } from "./boot.ts";

const ORIGIN = "https://chat.example";
const SRC = `${ORIGIN}/widget/web.js`;
const ADA = { identificationEmail: "ada@example.com", identificationToken: "ada-token" };
const GRACE = { identificationEmail: "grace@example.com", identificationToken: "grace-token" };

const XHTML = "http://www.w3.org/1999/xhtml";

type Posted = [message: Record<string, unknown>, targetOrigin: string];

/** Stands for the frame's window: remembers what it was sent, speaks when told. */
class FakeFrame {
  readonly posted: Posted[] = [];
  readonly postMessage = (message: Record<string, unknown>, target: string): void => { this.posted.push([message, target]); };
  says(message: object, { origin = ORIGIN, source = this, nonce = "n1" }: { origin?: string; source?: unknown; nonce?: string } = {}): void {
    const event = new Event("message");
    Object.assign(event, { data: { ...message, [NONCE]: nonce }, origin, source });
    dispatchEvent(event);
  }
  get types(): unknown[] {
    return this.posted.map(([message]) => message.type);
  }
}

let frames: FakeFrame[] = [];
let warned: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  frames = [];
  warned = [];
  vi.spyOn(console, "warn").mockImplementation((...parts: unknown[]) => { warned.push(parts.join(" ")); });
  vi.spyOn(document, "createElement").mockImplementation((name: string) => {
    const element: HTMLElement = document.createElementNS(XHTML, name === "iframe" ? "section" : (name as "div"));
    if (name === "iframe") {
      const frame = new FakeFrame();
      frames.push(frame);
      Object.defineProperty(element, "contentWindow", { value: frame });
    }
    return element;
  });
});
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

function started(settings?: object): { host: HostWindow; api: Api; frame: FakeFrame } {
  const host: HostWindow = settings ? { hsConversationsSettings: settings } : {};
  boot(host, SRC);
  return { host, api: host.HubSpotConversations as Api, get frame() { return frames.at(-1) as FakeFrame; } };
}

const container = () => document.querySelector("#hubspot-messages-iframe-container");

describe("boot", () => {
  test("finds server and inbox in its own address", () => {
    expect(placeOf("https://h.example/base/widget/sales.js?v=1")).toEqual({ base: "https://h.example/base", inbox: "sales" });
    for (const src of ["", "/widget/web.js", "javascript:/widget/web.js", "https://h.example/other.js"]) expect(placeOf(src)).toBeNull();
  });

  test("makes the container with a frame that is told only where the page is from", () => {
    started(ADA);
    const src = (container()?.firstElementChild as unknown as { src: string }).src;
    expect(src).toBe(`${ORIGIN}/widget/web/frame?origin=${encodeURIComponent(location.origin)}`);
  });

  test("runs waiting callbacks in series, an error among them, and later ones at once", () => {
    const errors = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const ran: string[] = [];
    const host: HostWindow = {
      hsConversationsOnReady: [() => ran.push(`a ${typeof host.HubSpotConversations}`), () => { throw new Error("theirs"); }, 5, () => ran.push("b")],
    };
    boot(host, SRC);
    (host.hsConversationsOnReady as unknown[]).push(() => ran.push("later"));
    expect(ran).toEqual(["a object", "b", "later"]);
    expect(errors).toHaveBeenCalledTimes(1);
  });

  test("a second loader warns and does nothing", () => {
    const { host, api } = started();
    boot(host, SRC);
    expect([host.HubSpotConversations, frames.length]).toEqual([api, 1]);
    expect(warned.join()).toContain("duplicate instance of live chat exists on page");
  });
});

describe("handing over an identity", () => {
  test("only after the frame's hello, only to its origin, never in an address", () => {
    const { frame } = started(ADA);
    expect(frame.posted).toEqual([]);
    frame.says({ type: "hello" });
    expect(frame.posted).toEqual([
      [{ type: "start", identity: { email: "ada@example.com", token: "ada-token" }, open: false, full: false, clean: false, look: { inline: false, focus: true, newThread: true }, page: location.href, [NONCE]: "n1" }, ORIGIN],
    ]);
    expect(document.documentElement.outerHTML).not.toContain("ada-token");
  });

  test.each([
    ["another origin", { origin: "https://evil.example" }],
    ["a look-alike origin", { origin: `${ORIGIN}.evil.example` }],
    ["no origin", { origin: "null" }],
    ["another window", { source: {} }],
    ["the page itself", { source: globalThis }],
  ])("%s gets nothing", (_, from) => {
    const { frame, api } = started(ADA);
    frame.says({ type: "hello" }, from);
    frame.says({ type: "event", name: "widgetLoaded", payload: {} }, from);
    expect([frame.posted, api.widget.status()]).toEqual([[], { loaded: false }]);
  });

  test("settings are read again at load; the same ones disturb nobody", () => {
    const { api, host, frame } = started(ADA);
    frame.says({ type: "hello" });
    api.widget.load();
    vi.advanceTimersByTime(1000);
    expect(frame.types).toEqual(["start"]);
    host.hsConversationsSettings = GRACE;
    api.widget.load();
    vi.advanceTimersByTime(1000);
    expect(frame.posted.at(-1)?.[0]).toMatchObject({ type: "identity", identity: { email: "grace@example.com", token: "grace-token" } });
  });

  test("calls that come too fast are not lost: the last settings win", () => {
    const { api, host, frame } = started();
    frame.says({ type: "hello" });
    api.widget.refresh();
    host.hsConversationsSettings = ADA;
    api.widget.refresh();
    host.hsConversationsSettings = GRACE;
    api.widget.refresh();
    vi.advanceTimersByTime(1000);
    expect(frame.posted.slice(1).map(([message]) => message)).toMatchObject([
      { type: "refresh", identity: { email: "", token: "" }, fresh: false },
      { type: "refresh", identity: { token: "grace-token" }, fresh: false },
    ]);
  });

  test("a frame that begins a new life gets a start of its own, and the old life is not heard", () => {
    const { frame } = started(ADA);
    frame.says({ type: "hello" });
    frame.says({ type: "hello" }, { nonce: "n2" });
    frame.says({ type: "size", open: true }, { nonce: "n1" });
    expect(frame.types).toEqual(["start", "start"]);
    expect((container() as HTMLElement).style.width).toBe("96px");
  });
});

describe("events", () => {
  test("reach the page's handlers with the payload of the frame", () => {
    const { api, frame } = started();
    const handler = vi.fn();
    api.on("conversationStarted", handler);
    frame.says({ type: "hello" });
    frame.says({ type: "event", name: "conversationStarted", payload: { conversation: { conversationId: 123 } } });
    expect(handler).toHaveBeenCalledExactlyOnceWith({ conversation: { conversationId: 123 } });
    api.off("conversationStarted", handler);
    frame.says({ type: "event", name: "conversationStarted", payload: {} });
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test.each([{ name: "constructor", payload: {} }, { name: 5, payload: {} }, { name: "widgetLoaded", payload: "x" }, { name: "widgetLoaded" }, {}])(
    "a misshapen event %j is ignored",
    (event) => {
      const { api, frame } = started();
      frame.says({ type: "hello" });
      frame.says({ type: "event", ...event });
      expect(api.widget.status()).toEqual({ loaded: false });
    },
  );

  test("the widget is loaded once the frame says so", () => {
    const { api, frame } = started();
    frame.says({ type: "hello" });
    frame.says({ type: "event", name: "widgetLoaded", payload: { message: "widget has loaded" } });
    expect(api.widget.status()).toEqual({ loaded: true });
  });
});

describe("the widget", () => {
  test("is not there before load with loadImmediately false, and calls warn", () => {
    const { api } = started({ loadImmediately: false });
    expect(container()).toBeNull();
    api.widget.open();
    api.widget.refresh();
    api.clear();
    expect(warned.filter((text) => text.includes("loadImmediately is set to false"))).toHaveLength(3);
    api.widget.load({ widgetOpen: true });
    frames[0]?.says({ type: "hello" });
    expect(frames[0]?.posted[0]?.[0]).toMatchObject({ type: "start", open: true });
  });

  test("grows and shrinks with what the frame shows", () => {
    const { frame } = started();
    const size = () => (container() as HTMLElement).style.cssText;
    frame.says({ type: "hello" });
    expect(size()).toContain("width: 96px");
    frame.says({ type: "size", open: true });
    expect(size()).toContain("width: 412px");
    frame.says({ type: "size", open: false });
    expect(size()).toContain("height: 96px");
  });

  test("refresh tells the frame where the visitor is now, and asks for another conversation when wanted", () => {
    const { api, frame } = started();
    frame.says({ type: "hello" });
    history.pushState({}, "", "?sales_chat=true");
    api.widget.refresh({ openToNewThread: true });
    expect(frame.posted.at(-1)?.[0]).toMatchObject({ type: "refresh", fresh: true, page: location.href });
    expect(location.href).toContain("sales_chat=true");
    history.pushState({}, "", location.pathname);
  });

  test("goes out of sight where there is nothing for the visitor, and comes back", () => {
    const { frame } = started();
    const shown = () => (container() as HTMLElement).style.display;
    frame.says({ type: "hello" });
    frame.says({ type: "size", open: false, hidden: true });
    expect(shown()).toBe("none");
    frame.says({ type: "size", open: false, hidden: false });
    expect(shown()).toBe("block");
  });

  test("can be removed and opened again", () => {
    const { api } = started();
    api.widget.remove();
    api.widget.remove();
    expect([container(), api.widget.status()]).toEqual([null, { loaded: false }]);
    api.widget.open();
    expect(container()).not.toBeNull();
  });

  test("goes away when the server has no such inbox for this page", () => {
    const { frame } = started();
    frame.says({ type: "hello" });
    frame.says({ type: "gone" });
    expect(container()).toBeNull();
  });
});

describe("inline", () => {
  const inside = () => document.querySelector("#here > #hubspot-conversations-inline-parent > #hubspot-conversations-inline-iframe");
  beforeEach(() => {
    const here = document.createElement("div");
    here.id = "here";
    document.body.append(here);
  });

  test("the frame becomes part of the page, in a size that the page's own rules override", () => {
    const { frame } = started({ inlineEmbedSelector: "#here", disableInitialInputFocus: true, hideNewThreadLink: true });
    const element = inside() as HTMLIFrameElement;
    expect([element.style.width, element.style.height, container()]).toEqual(["", "", null]);
    frame.says({ type: "hello" });
    frame.says({ type: "size", open: true, hidden: false });
    expect(frame.posted[0]?.[0]).toMatchObject({ look: { inline: true, focus: false, newThread: false } });
    expect(element.parentElement?.style.position).toBe("");
    expect(warned).toEqual([]);
  });

  test("a place that is not there is told, and the chat comes to the corner", () => {
    started({ inlineEmbedSelector: "#elsewhere", disableInitialInputFocus: true });
    expect(container()).not.toBeNull();
    expect(warned.join()).toContain("nothing on this page is #elsewhere");
    expect(warned.join()).toContain("disableInitialInputFocus needs an inlineEmbedSelector");
  });

  test("a selector that is none throws nothing into the page", () => {
    expect(() => { started({ inlineEmbedSelector: "##" }); }).not.toThrow();
    expect(warned).not.toEqual([]);
  });

  test("waits until the page is read", () => {
    const state = vi.spyOn(document, "readyState", "get").mockReturnValue("loading");
    started({ inlineEmbedSelector: "#here" });
    expect(inside()).toBeNull();
    state.mockReturnValue("interactive");
    document.dispatchEvent(new Event("DOMContentLoaded"));
    expect(inside()).not.toBeNull();
  });
});

describe("clear", () => {
  test("ends the session and hands over what the settings say now", () => {
    const { api, host, frame } = started(ADA);
    frame.says({ type: "hello" });
    host.hsConversationsSettings = {};
    api.clear();
    expect(frame.posted.slice(1).map(([message]) => message)).toMatchObject([
      { type: "end", stay: true },
      { type: "identity", identity: { email: "", token: "" } },
    ]);
  });

  test("with resetWidget waits for the server's word, then makes a new widget", () => {
    const { api, host, frame } = started(ADA);
    frame.says({ type: "hello" });
    host.hsConversationsSettings = GRACE;
    api.clear({ resetWidget: true });
    expect([frames.length, frame.types]).toEqual([1, ["start", "end"]]);
    frame.says({ type: "ended" });
    expect([frames.length, document.querySelectorAll("#hubspot-messages-iframe-container").length]).toEqual([2, 1]);
    frames[1]?.says({ type: "hello" });
    expect(frames[1]?.posted[0]?.[0]).toMatchObject({ identity: { token: "grace-token" } });
    expect(JSON.stringify(frames[0]?.posted)).not.toContain("grace-token");
  });

  test("with resetWidget does not wait for ever", () => {
    const { api, frame } = started(ADA);
    frame.says({ type: "hello" });
    api.resetAndReloadWidget();
    vi.advanceTimersByTime(3000);
    expect(frames.length).toBe(2);
    frame.says({ type: "ended" });
    expect(frames.length).toBe(2);
  });

  test("before the frame is there, the frame begins by ending", () => {
    const { api, host, frame } = started(ADA);
    host.hsConversationsSettings = GRACE;
    api.clear();
    frame.says({ type: "hello" });
    expect(frame.posted[0]?.[0]).toMatchObject({ type: "start", clean: true, identity: { token: "grace-token" } });
  });
});

test("nothing a page passes makes a call throw, and debug shows no token", () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const { api, host } = started(ADA);
  Object.defineProperty(host, "hsConversationsSettings", { get() { throw new Error("theirs"); } });
  const calls = api as unknown as Record<string, (...args: unknown[]) => void>;
  const widget = api.widget as unknown as Record<string, (...args: unknown[]) => void>;
  for (const call of [calls.clear, calls.on, calls.off, calls.debug, widget.load, widget.refresh, widget.open, widget.close, widget.remove]) {
    for (const argument of [undefined, null, 7, "x", {}]) expect(() => call?.(argument)).not.toThrow();
  }
  expect(JSON.stringify(log.mock.calls)).not.toContain("ada-token");
});
