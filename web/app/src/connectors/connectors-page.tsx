/** The services that functions may call: the list, one of them, and setting one up. */
import { query, route } from "../router.ts";
import "../styles/connectors.css";
import "../styles/shelf.css";
import { AddPage } from "./add-page.tsx";
import { ConnectorPage } from "./connector-page.tsx";
import { EditPage } from "./edit-page.tsx";
import { ListPage } from "./list-page.tsx";

/** Show what the address asks for. */
export function ConnectorsPage() {
  const here = route.value;
  const name = here.page === "connectors" ? here.id : null;
  const asked = new URLSearchParams(query.value);
  if (name === null) {
    const what = asked.get("add");
    return what === null ? <ListPage /> : <AddPage key={what} what={what} />;
  }
  return asked.has("edit") ? <EditPage key={name} name={name} /> : <ConnectorPage key={name} name={name} />;
}
