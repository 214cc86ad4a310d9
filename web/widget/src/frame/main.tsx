/** Starts the frame: finds its inbox and its host, and connects them to the room. */

import { effect } from "@preact/signals";
import { render } from "preact";
import type { ToFrame } from "../wire.ts";
import { watchVisibility } from "./page/background.ts";
import { Host, hostOrigin } from "./page/host.ts";
import { Desk } from "./protocol.ts";
import { Room } from "./room.ts";
import { Tabs } from "./person/tabs.ts";
import { Vault } from "./person/vault.ts";
import { App } from "./view/App.tsx";
import "./style.css";

function start(base: string, inbox: string, origin: string): void {
  const root = document.getElementById("chat") ?? document.body;
  const stopShowing = (): void => {
    render(null, root);
    host.send({ type: "gone" });
  };
  const desk = new Desk(`${base}/v1/widget/${inbox}`);
  const room = new Room(desk, new Vault(inbox), {
    event: (name, payload) => { host.send({ type: "event", name, payload }); },
    left: () => { tabs.ended(); },
    gone: stopShowing,
  });
  const tabs = new Tabs(inbox, () => { void room.endedElsewhere(); });
  const host = new Host(origin, (message, page) => {
    desk.page = page;
    obey(room, host, root, message);
  });
  let shown = false;
  effect(() => {
    const [open, hidden] = [room.open.value, room.hidden.value];
    const closing = shown && !open && !hidden;
    shown = open;
    // Larger before the panel is drawn, smaller after it is gone: nothing is ever cut off.
    if (closing) requestAnimationFrame(() => { host.send({ type: "size", open: room.open.peek(), hidden: room.hidden.peek() }); });
    else host.send({ type: "size", open, hidden }); // in a frame that is out of sight nothing is animated
  });
  watchVisibility(inbox, () => { room.pause(); }, () => { room.resume(); });
  window.addEventListener("online", () => { room.wake(); });
  host.send({ type: "hello" });
}

function obey(room: Room, host: Host, root: HTMLElement, message: ToFrame): void {
  if (message.type === "start") {
    room.full.value = message.full;
    room.look.value = message.look;
    void room.begin(message.identity, message.clean);
    render(<App room={room} />, root);
    if (message.open || message.look.inline) room.show(true);
    host.send({ type: "event", name: "widgetLoaded", payload: { message: "widget has loaded" } });
  }
  if (message.type === "identity") void room.identify(message.identity);
  if (message.type === "refresh") void room.refresh(message.identity, message.fresh);
  if (message.type === "full") room.full.value = message.full;
  if (message.type === "open" || message.type === "close") room.show(message.type === "open");
  if (message.type === "end") {
    void room.end(message.stay).then(() => { host.send({ type: "ended" }); });
  }
}

const place = /^(.*)\/widget\/([^/]+)\/frame$/.exec(location.pathname);
const origin = hostOrigin(location.search);
if (place?.[2] && origin !== null && window.parent !== window) start(place[1] ?? "", place[2], origin);
