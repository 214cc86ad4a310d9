/** The whole app: the sign-in page, or the frame with the page the address asks for. */
import { ContactPage } from "./contacts/contact-page.tsx";
import { ContactsPage } from "./contacts/contacts-page.tsx";
import { Frame } from "./frame/frame.tsx";
import { NotFound } from "./frame/not-found.tsx";
import { InboxPage } from "./inbox/inbox-page.tsx";
import { route } from "./router.ts";
import { restore, restoreProblem, session } from "./session/session.ts";
import { SignIn } from "./session/sign-in.tsx";
import { NewSitePage, SettingsPage } from "./sites/form/settings-page.tsx";
import { SitePage } from "./sites/site-page.tsx";
import { SitesPage } from "./sites/sites-page.tsx";
import { later } from "./ui/later.tsx";
import { Failure } from "./ui/states.tsx";

// Those who answer chats never come here, so these pages are not in what they load.
const FunctionsPages = later(async () => (await import("./functions/pages.tsx")).FunctionsPages);

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
  if (here.page !== "contacts") return <FunctionsPages here={here} />;
  return here.id === null ? <ContactsPage /> : <ContactPage key={here.id} id={here.id} />;
}
