/** Who did something, by what the server writes down of them, in words. */
import { colleague, reader } from "../inbox/house.ts";

/** Say who *kind* and *id* are: "you", a colleague, an API key, or the product itself. */
export function actorWords(kind: string, id: string): string {
  if (kind === "agent") return id === reader.value.id ? "you" : (colleague(id)?.name ?? `agent ${id}`);
  if (kind === "key") return `API key ${id}`;
  return kind === "system" ? "Callingcard" : `${kind} ${id}`;
}

/** The same for one text, such as "agent 700". */
export function byWords(by: string): string {
  const [kind = "", ...id] = by.split(" ");
  return actorWords(kind, id.join(" "));
}
