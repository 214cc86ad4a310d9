/**
 * Completion: what could stand at the cursor, as the server's language engine knows it.
 *
 * It is asked once for a word and narrowed down here as the word grows; an answer that
 * comes after the reader has gone elsewhere is dropped.
 */
import { syntaxTree } from "@codemirror/language";
import type { Completion as Option, CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";
import type { EditorState } from "@codemirror/state";

import type { Place } from "../../functions.ts";
import type { Completion } from "../../types.ts";
import { placeOf } from "./places.ts";

/** Who is asked: the text, the place in it, and what ends the asking. */
export type AskCompletions = (source: string, place: Place, signal: AbortSignal) => Promise<Completion[]>;

const WORD = /[\p{L}\p{N}_]*/u;
const WHOLE_WORD = /^[\p{L}\p{N}_]*$/u;
const PROSE = new Set(["String", "FormatString", "Comment"]);

/** A source of completions for the editor that asks *ask*. */
export function completing(ask: AskCompletions): CompletionSource {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const word = context.matchBefore(WORD);
    const from = word?.from ?? context.pos;
    if (!context.explicit && !isWorthAsking(context.state, from, context.pos)) return null;
    const life = new AbortController();
    context.addEventListener("abort", () => {
      life.abort();
    });
    try {
      const { doc } = context.state;
      const found = await ask(doc.toString(), placeOf(doc, context.pos), life.signal);
      if (context.aborted || found.length === 0) return null;
      return { from, options: found.map(optionOf), validFor: WHOLE_WORD };
    } catch {
      return null; // completion is a courtesy: writing goes on without it
    }
  };
}

/** Whether to offer something by itself: within a name or after a dot, and not in prose. */
export function isWorthAsking(state: EditorState, from: number, pos: number): boolean {
  const before = state.sliceDoc(Math.max(0, from - 1), from);
  const word = state.sliceDoc(from, pos);
  if (/^\d/.test(word) || (word === "" && before !== ".")) return false;
  return !PROSE.has(syntaxTree(state).resolveInner(pos, -1).name);
}

const WORDS: Readonly<Record<string, string>> = {
  statement: "name",
  instance: "value",
  param: "parameter",
  path: "file",
};

/** One completion as the editor shows it, in the place that the server gave it. */
export function optionOf({ label, kind, detail, documentation, insert }: Completion, index: number): Option {
  const option: Option = {
    label,
    apply: insert || label,
    // The name is there already: of "get(key) -> str" only the rest is news.
    detail: (detail.startsWith(label) ? detail.slice(label.length) : detail).trim() || (WORDS[kind] ?? kind),
    sortText: String(index).padStart(4, "0"),
  };
  if (documentation) option.info = documentation;
  return option;
}
