/** Every run of every function: the list, narrowed down by the address, or one run. */
import { query, route } from "../router.ts";
import "../styles/runs.css";
import { filterOf, searchOf } from "./filter.ts";
import { ListPage } from "./list-page.tsx";
import { RunPage } from "./run-page.tsx";

/** Show the run that the address names, or the list. */
export function RunsPage() {
  const here = route.value;
  const id = here.page === "runs" ? here.id : null;
  if (id !== null) return <RunPage key={id} id={id} />;
  const filter = filterOf(query.value);
  return <ListPage key={searchOf({ ...filter, text: "" })} filter={filter} />;
}
