/** How far an import is, as the server tells it line by line. */
import { Problem, problemOf } from "@callingcard/kit/request.ts";

/** What has been told so far; `refusals` are all of them, up to as many as are kept. */
export interface Progress {
  readonly rows: number;
  readonly created: number;
  readonly changed: number;
  readonly refused: number;
  readonly refusals: readonly { line: number; reason: string }[];
  readonly finished: boolean;
  /** Why it stopped in the middle; what was told to be done stays done. */
  readonly problem: string | null;
}

/** More refused rows than anybody reads are counted, not kept. */
export const MOST_REFUSALS = 500;

/** Before anything was told. */
export const BEGINNING: Progress = {
  rows: 0,
  created: 0,
  changed: 0,
  refused: 0,
  refusals: [],
  finished: false,
  problem: null,
};

/** Take in one *line* of the reply. Pure. */
export function withLine(before: Progress, line: string): Progress {
  const told = JSON.parse(line) as Omit<Progress, "problem"> & { problem?: string };
  const refusals = [...before.refusals, ...told.refusals].slice(0, MOST_REFUSALS);
  return { ...told, refusals, problem: told.problem ?? null };
}

/** Send *file* and tell each step to *tell*. Throws a `Problem` when nothing was begun. */
export async function importFile(file: Blob, tell: (progress: Progress) => void, life: AbortSignal): Promise<void> {
  const headers = { "Content-Type": "text/csv" };
  const answer = await fetch("/v1/contacts/import", { method: "POST", headers, body: file, signal: life });
  if (!answer.ok) throw await problemOf(answer);
  let progress = BEGINNING;
  for await (const line of linesOf(answer)) {
    progress = withLine(progress, line);
    tell(progress);
  }
  if (progress.finished || progress.problem !== null) return;
  throw new Problem("The connection broke before the end.", {
    status: 0,
    code: "network.broken",
    hint: "What is counted here is kept. Import the same file again: rows that are in change nothing.",
  });
}

async function* linesOf(answer: Response): AsyncGenerator<string> {
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
  if (rest !== "") yield rest;
}
