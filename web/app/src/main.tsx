/** Where the agents' app starts: find out who is signed in, then show them their pages. */
import "@fontsource-variable/fraunces/opsz.css";
import "@fontsource-variable/inter/wght.css";
import "./styles/app.css";

import { effect } from "@preact/signals";
import { render } from "preact";

import { App } from "./app.tsx";
import { closeInbox, openInbox, wakeInbox } from "./inbox/store.ts";
import { hasUnsent, ownSending, wakeOutboxes } from "./inbox/sending.ts";
import { forgetContacts } from "./contacts/store.ts";
import { navigate, startRouter } from "./router.ts";
import { restore, session } from "./session/session.ts";

startRouter();
if (location.pathname.replace(/\/$/, "") === "/app") navigate("/app/inbox" + location.hash, { replace: true });

effect(() => {
  const now = session.value;
  if (now === undefined) return;
  if (now === null) {
    closeInbox();
    forgetContacts();
  } else {
    ownSending(now.agent.id);
    queueMicrotask(() => void openInbox());
  }
});

function wake(): void {
  wakeInbox();
  wakeOutboxes();
}
addEventListener("online", wake);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") wake();
});
addEventListener("beforeunload", (event) => {
  if (hasUnsent()) event.preventDefault();
});
addEventListener("hashchange", () => {
  if (location.hash.startsWith("#ticket=")) void restore();
});

const root = document.getElementById("app");
if (!root) throw new Error("the page has no #app");
render(<App />, root);
void restore();
