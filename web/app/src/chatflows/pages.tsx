/** Which page about chatflows and routing an address asks for; all of them are fetched together, when first needed. */
import { NotFound } from "../frame/not-found.tsx";
import type { Route } from "../router.ts";
import { DecisionsPage } from "../routing/decisions-page.tsx";
import { RoutingPage } from "../routing/routing-page.tsx";
import "../styles/chatflows.css";
import "../styles/conditions.css";
import { HoursListPage } from "../teams/hours/list-page.tsx";
import { HoursPage, NewHoursPage } from "../teams/hours/hours-page.tsx";
import { NewTeamPage, TeamPage } from "../teams/team-page.tsx";
import { TeamsPage } from "../teams/teams-page.tsx";
import { EditorPage } from "./editor/editor-page.tsx";
import { ChatflowListPage } from "./list-page.tsx";
import { NewChatflowPage } from "./new-page.tsx";
import { VersionsPage } from "./versions-page.tsx";

/** Show the page for *here*. */
export function ChatflowsPages({ here }: { here: Route }) {
  switch (here.page) {
    case "chatflows":
      return <ChatflowListPage />;
    case "chatflow":
      return here.tab === "versions" ? <VersionsPage key={here.id} name={here.id} /> : <EditorPage key={here.id} name={here.id} />;
    case "new-chatflow":
      return <NewChatflowPage />;
    case "routing":
      return <RoutingPage />;
    case "decisions":
      return <DecisionsPage key={here.id} conversation={here.id} />;
    case "teams":
      return here.id === null ? <TeamsPage /> : <TeamPage key={here.id} name={here.id} />;
    case "hours":
      return here.id === null ? <HoursListPage /> : <HoursPage key={here.id} name={here.id} />;
    default:
      return <BeginningPage page={here.page} />;
  }
}

function BeginningPage({ page }: { page: Route["page"] }) {
  if (page === "new-team") return <NewTeamPage />;
  return page === "new-hours" ? <NewHoursPage /> : <NotFound />;
}
