/** Where things about connectors are in the app. */
import { address } from "../router.ts";

/** Where a connector is added: *what* is a built-in one, "own", or "" to choose. */
export function addAddress(what = ""): string {
  return `${address("connectors")}?add=${encodeURIComponent(what)}`;
}

/** Where the connector *name* is changed. */
export function editAddress(name: string): string {
  return `${address("connectors", name)}?edit`;
}
