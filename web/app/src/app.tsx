/** The whole app: the sign-in page, or the frame with the page the address asks for. */
import { Frame } from "./frame/frame.tsx";
import { NotFound } from "./frame/not-found.tsx";
import { InboxPage } from "./inbox/inbox-page.tsx";
import { isOfChatflows, route } from "./router.ts";
import { restore, restoreProblem, session } from "./session/session.ts";
import { SignIn } from "./session/sign-in.tsx";
import { later } from "./ui/later.tsx";
import { Failure } from "./ui/states.tsx";

// Those who answer chats never come here, so these pages are not in what they load.
const FunctionsPages = later(async () => (await import("./functions/pages.tsx")).FunctionsPages);

const SitesPage = later(async () => (await import("./sites/sites-page.tsx")).SitesPage);
const SitePage = later(async () => (await import("./sites/site-page.tsx")).SitePage);
const SettingsPage = later(async () => (await import("./sites/form/settings-page.tsx")).SettingsPage);
const NewSitePage = later(async () => (await import("./sites/form/settings-page.tsx")).NewSitePage);
const ContactPages = later(async () => (await import("./contacts/pages.tsx")).ContactPages);
const DeskPages = later(async () => (await import("./inboxes/pages.tsx")).DeskPages);
const OF_SETTINGS: ReadonlySet<string> = new Set(["inboxes", "webhooks", "check", "audit"]);
const ChatflowsPages = later(async () => (await import("./chatflows/pages.tsx")).ChatflowsPages);

/** Show what there is to show, given who is signed in. */
export function App() {
  if (session.value === undefined) {
    return restoreProblem.value && <Failure problem={restoreProblem.value} retry={() => void restore()} />;
  }
  if (session.value === null) return <SignIn />;
  return (
    <Frame session={session.value}>
      <CurrentPage />
    </Frame>
  );
}

function CurrentPage() {
  const here = route.value;
  if (here.page === "inbox") return <InboxPage id={here.id} />;
  if (here.page === "unknown") return <NotFound />;
  if (here.page === "new-site") return <NewSitePage />;
  if (here.page === "site-settings") return <SettingsPage key={here.id} name={here.id} />;
  if (here.page === "sites") return here.id === null ? <SitesPage /> : <SitePage key={here.id} name={here.id} />;
  if (OF_SETTINGS.has(here.page)) return <DeskPages here={here} />;
  if (isOfChatflows(here)) return <ChatflowsPages here={here} />;
  if (here.page !== "contacts") return <FunctionsPages here={here} />;
  return <ContactPages id={here.id} />;
}
