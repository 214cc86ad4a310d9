/** Which page about functions an address asks for; all of them are fetched together, when first needed. */
import { AlertsPage } from "../alerts/alerts-page.tsx";
import { ConnectorsPage } from "../connectors/connectors-page.tsx";
import { NotFound } from "../frame/not-found.tsx";
import type { Route } from "../router.ts";
import { RunsPage } from "../runs/runs-page.tsx";
import { SecretsPage } from "../secrets/secrets-page.tsx";
import { TemplatesPage } from "../templates/templates-page.tsx";
import { FunctionsPage } from "./list/functions-page.tsx";
import { NewFunctionPage } from "./list/new-function-page.tsx";
import { FunctionPage } from "./page/function-page.tsx";

/** Show the page for *here*. */
export function FunctionsPages({ here }: { here: Route }) {
  switch (here.page) {
    case "functions":
      return <FunctionsPage />;
    case "function":
      return <FunctionPage key={here.id} name={here.id} tab={here.tab} />;
    case "new-function":
      return <NewFunctionPage />;
    case "runs":
      return <RunsPage />;
    case "connectors":
      return <ConnectorsPage />;
    case "secrets":
      return <SecretsPage />;
    case "alerts":
      return <AlertsPage />;
    case "templates":
      return <TemplatesPage />;
    default:
      return <NotFound />;
  }
}
