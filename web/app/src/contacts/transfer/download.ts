/** Files from the server that are saved on the reader's machine, and say why when they cannot be. */
import { problemOf, Problem } from "@callingcard/kit/request.ts";

import { session } from "../../session/session.ts";

/** Ask *path* for a file and save it; *name* is used when the server gives none. Throws a `Problem`. */
export async function download(path: string, name: string, body?: unknown): Promise<void> {
  const answer = await ask(path, body);
  if (answer.status === 401) session.value = null;
  if (!answer.ok) throw await problemOf(answer);
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = nameIn(answer.headers.get("Content-Disposition")) || name;
  link.click();
  // The browser reads the file behind the click, so it is let go of later.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000);
}

/** The name in a Content-Disposition header, or "". Pure. */
export function nameIn(header: string | null): string {
  return /filename="([^"]+)"/.exec(header ?? "")?.[1] ?? "";
}

async function ask(path: string, body: unknown): Promise<Response> {
  const asked: RequestInit =
    body === undefined
      ? {}
      : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  try {
    return await fetch(path, asked);
  } catch {
    throw new Problem("The server cannot be reached.", {
      status: 0,
      code: "network.unreachable",
      hint: "Check the connection, then try again.",
    });
  }
}
