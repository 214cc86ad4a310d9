/** Starts the frame: finds its inbox and its host, and connects them to the room. */

import { effect } from "@preact/signals";
import { render } from "preact";
import type { ToFrame } from "../wire.ts";
import { watchVisibility } from "./background.ts";
import { Host, hostOrigin } from "./host.ts";
import { Desk } from "./protocol.ts";
import { Room } from "./room.ts";
import { Tabs } from "./tabs.ts";
import { Vault } from "./vault.ts";
import { App } from "./view/App.tsx";
import "./style.css";

function start(base: string, inbox: string, origin: string): void {
  const root = document.getElementById("chat") ?? document.body;
  const stopShowing = (): void => {
    render(null, root);
    host.send({ type: "gone" });
  };
  const room = new Room(new Desk(`${base}/v1/widget/${inbox}`), new Vault(inbox), {
    event: (name, payload) => { host.send({ type: "event", name, payload }); },
    left: () => { tabs.ended(); },
    gone: stopShowing,
  });
  const tabs = new Tabs(inbox, () => { void room.endedElsewhere(); });
  const host = new Host(origin, (message) => { obey(room, host, root, message); });
  effect(() => {
    const open = room.open.value;
    // Larger before the panel is drawn, smaller after it is gone: nothing is ever cut off.
    if (open) host.send({ type: "size", open });
    else requestAnimationFrame(() => { host.send({ type: "size", open: room.open.peek() }); });
  });
  watchVisibility(inbox, () => { room.pause(); }, () => { room.resume(); });
  window.addEventListener("online", () => { room.wake(); });
  host.send({ type: "hello" });
}

function obey(room: Room, host: Host, root: HTMLElement, message: ToFrame): void {
  if (message.type === "start") {
    room.full.value = message.full;
    void room.begin(message.identity, message.clean);
    render(<App room={room} />, root);
    if (message.open) room.show(true);
    host.send({ type: "event", name: "widgetLoaded", payload: { message: "widget has loaded" } });
  }
  if (message.type === "identity") void room.identify(message.identity);
  if (message.type === "full") room.full.value = message.full;
  if (message.type === "open" || message.type === "close") room.show(message.type === "open");
  if (message.type === "end") {
    void room.end(message.stay).then(() => { host.send({ type: "ended" }); });
  }
}

const place = /^(.*)\/widget\/([^/]+)\/frame$/.exec(location.pathname);
const origin = hostOrigin(location.search);
if (place?.[2] && origin !== null && window.parent !== window) start(place[1] ?? "", place[2], origin);
