/**
 * HubSpot's chat widget, and the desk's, which speaks the same language.
 *
 * Identity is two settings that the widget reads when it loads and again at
 * `widget.refresh()`. A person who leaves is erased with `clear`, which makes a
 * new widget, and by deleting the cookies that would recognise the browser.
 */
import type { Manner, Platform, Surroundings } from "./platform.ts";

interface Conversations {
  widget: {
    load(): void;
    refresh(): void;
    status(): { loaded: boolean };
  };
  clear(options: { resetWidget: boolean }): void;
}

declare global {
  interface Window {
    hsConversationsSettings?: Record<string, unknown>;
    hsConversationsOnReady?: (() => void)[];
    HubSpotConversations?: Conversations;
  }
}

const COOKIES = ["hubspotutk", "messagesUtk"];
const FIELDS = ["identificationEmail", "identificationToken"];

/** Make the platform for this page. */
export function hubspot(surroundings: Surroundings): Platform {
  let placed = false;
  let shown = false;

  function place(): void {
    if (placed) return;
    placed = true;
    if (surroundings.widget) addLoader(surroundings.widget, surroundings);
  }

  function show(chat: Conversations, manner: Manner): void {
    const first = !shown;
    shown = true;
    // The page's own loader may have shown the widget before this script arrived.
    if (first && !chat.widget.status().loaded) chat.widget.load();
    else if (manner === "reset") chat.clear({ resetWidget: true });
    else chat.widget.refresh();
  }

  return {
    names: ["hubspot", "desk"],
    prepare() {
      settings().loadImmediately = false;
    },
    handOver(theirs, manner) {
      assign(theirs);
      if (manner === "reset") deleteCookies();
      place();
      whenReady((chat) => {
        show(chat, manner);
      }, surroundings.trouble);
    },
    navigated() {
      const chat = window.HubSpotConversations;
      if (chat?.widget.status().loaded) chat.widget.refresh();
    },
  };
}

function settings(): Record<string, unknown> {
  return (window.hsConversationsSettings ??= {});
}

function assign(theirs: Record<string, unknown> | null): void {
  const mine = settings();
  for (const field of FIELDS) {
    const value = theirs?.[field];
    // Empty text and not a missing field: it is HubSpot's own default for both.
    mine[field] = typeof value === "string" ? value : "";
  }
}

function whenReady(act: (chat: Conversations) => void, trouble: (error: Error) => void): void {
  const guarded = (): void => {
    try {
      const chat = window.HubSpotConversations;
      if (chat) act(chat);
    } catch (error) {
      trouble(error instanceof Error ? error : new Error(String(error)));
    }
  };
  if (window.HubSpotConversations) guarded();
  else (window.hsConversationsOnReady ??= []).push(guarded);
}

function addLoader(url: string, { nonce, trouble }: Surroundings): void {
  const script = document.createElement("script");
  script.id = "hs-script-loader";
  script.src = url;
  script.async = true;
  if (nonce) script.nonce = nonce;
  script.onerror = () => {
    trouble(new Error("the chat widget could not be loaded"));
  };
  document.head.append(script);
}

/** The widget may have set them for this host or for any parent of it. */
function deleteCookies(): void {
  const labels = location.hostname.split(".");
  for (const name of COOKIES) {
    const gone = `${name}=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT`;
    document.cookie = gone;
    for (let from = 0; from < labels.length - 1; from++) {
      document.cookie = `${gone}; domain=.${labels.slice(from).join(".")}`;
    }
  }
}
