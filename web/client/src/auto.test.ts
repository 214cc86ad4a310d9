import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { fakeServer, fakeWidget, granted, type Answer } from "./fakes.ts";

const added = (): HTMLScriptElement | null => document.querySelector("#hs-script-loader");

function tag(data: Record<string, string>): HTMLScriptElement {
  const script = document.createElement("script");
  script.setAttribute("src", "https://desk.example/callingcard.js");
  Object.assign(script.dataset, data);
  vi.spyOn(document, "currentScript", "get").mockReturnValue(script);
  return script;
}

/** An answer that comes when *give* is called. */
function held(answer: Answer) {
  let give = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { answer: () => asked.then(answer), give };
}

const untouched = {
  pushState: history.pushState.bind(history),
  replaceState: history.replaceState.bind(history),
};
let widget: ReturnType<typeof fakeWidget>;

beforeEach(() => {
  localStorage.clear();
  vi.resetModules();
  // happy-dom would go and fetch it.
  vi.spyOn(document.head, "append").mockImplementation((...nodes) => {
    document.body.append(
      ...nodes.map((node) => {
        const copy = document.createElement("template");
        copy.id = (node as HTMLElement).id;
        copy.setAttribute("src", (node as HTMLScriptElement).src);
        return copy;
      }),
    );
  });
  widget = fakeWidget();
  window.HubSpotConversations = widget.chat;
});

afterEach(() => {
  Object.assign(history, untouched);
  document.body.replaceChildren();
  delete window.callingcard;
  delete window.callingcardSettings;
  delete window.hsConversationsSettings;
});

it("keeps the widget from loading before it is known who is there", async () => {
  const { answer, give } = held(granted("t1"));
  const server = fakeServer(answer);
  tag({ endpoint: "/chat/token" });
  window.hsConversationsSettings = { disableAttachment: true };
  await import("./auto.ts");
  expect(window.hsConversationsSettings).toEqual({
    loadImmediately: false,
    disableAttachment: true,
  });
  give();
  expect(await window.callingcard?.token()).toBe("t1");
  expect(server.asked()).toBe(1);
});

it("loads the widget itself, after the token, when told where it is", async () => {
  const { answer, give } = held(granted("t1"));
  fakeServer(answer);
  tag({ endpoint: "", widget: "https://desk.example/widget/web.js" });
  await import("./auto.ts");
  expect(added()).toBeNull();
  give();
  await window.callingcard?.token();
  expect(added()?.getAttribute("src")).toBe("https://desk.example/widget/web.js");
});

it("finds an inbox's widget on the server it came from", async () => {
  fakeServer(granted("t1"));
  tag({ endpoint: "/chat/token", inbox: "web" });
  await import("./auto.ts");
  await window.callingcard?.token();
  expect(added()?.getAttribute("src")).toBe("https://desk.example/widget/web.js");
});

it("uses /chat/token when the endpoint is left empty", async () => {
  const server = fakeServer(granted("t1"));
  tag({ endpoint: "" });
  await import("./auto.ts");
  await window.callingcard?.token();
  expect(server.requests[0]?.url).toBe("/chat/token");
});

it("asks the site at the server it came from, with the page's proof", async () => {
  const server = fakeServer(granted("t1"));
  tag({ site: "shop" });
  window.callingcardSettings = { proof: () => Promise.resolve("proof") };
  await import("./auto.ts");
  await window.callingcard?.token();
  expect(server.requests[0]?.url).toBe("https://desk.example/v1/sites/shop/token");
  expect(server.requests[0]?.init.headers).toMatchObject({ Authorization: "Bearer proof" });
});

it("starts once, however often the tag is on the page", async () => {
  const server = fakeServer(granted("t1"));
  tag({ endpoint: "/chat/token" });
  await import("./auto.ts");
  vi.resetModules();
  await import("./auto.ts");
  await window.callingcard?.token();
  expect(server.asked()).toBe(1);
});

it("has exactly the face that pages rely on", async () => {
  fakeServer(granted("t1"));
  tag({ endpoint: "/chat/token" });
  await import("./auto.ts");
  expect(Object.keys(window.callingcard ?? {}).sort()).toEqual(
    ["identify", "logout", "off", "on", "refresh", "token"],
  );
});

it("lets calls made before the start wait for it", async () => {
  fakeServer(granted("t1"));
  const client = await import("./index.ts");
  const token = client.token();
  client.start({ endpoint: "/chat/token" });
  expect(await token).toBe("t1");
});

it("tells the widget when a single-page app moves on, but not for a fragment", async () => {
  fakeServer(granted("t1"));
  const client = await import("./index.ts");
  client.start({ endpoint: "/chat/token" });
  await client.token();
  history.pushState({}, "", "/somewhere#else");
  history.pushState({}, "", "/somewhere#again");
  expect(widget.calls).toEqual(["load t1", "refresh t1"]);
});

it("leaves a platform that it does not know to the page, and renews for it", async () => {
  fakeServer(granted("t1", "ada@example.com", "jwt"));
  tag({ endpoint: "/chat/token", platform: "jwt" });
  await import("./auto.ts");
  const { callingcard } = window;
  const who = new Promise((resolve) => callingcard?.on("identified", resolve));
  expect(await who).toEqual({ email: "ada@example.com" });
  expect(await callingcard?.token()).toBe("t1");
  expect(widget.calls).toEqual([]);
});
