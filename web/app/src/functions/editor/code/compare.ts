/** Two sources as one text: what was taken out, and what came instead. */
import { python } from "@codemirror/lang-python";
import { getChunks, unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";

import { look } from "./look.ts";
import { rootIn } from "./mount.ts";

/** A comparison that is there. */
export interface MountedComparison {
  /** How many lines came, and how many went. */
  counts: { added: number; removed: number };
  destroy: () => void;
}

/** Show in *host* what *after* has that *before* had not, and the other way round. */
export function mountComparison(host: HTMLElement, before: string, after: string, label: string): MountedComparison {
  const root = rootIn(host);
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: after,
      extensions: [
        lineNumbers(),
        python(),
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", dir: "ltr" }),
        EditorView.editorAttributes.of({ class: "cm-diff" }),
        unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: { margin: 3, minSize: 6 } }),
        look,
      ],
    }),
  });
  return { counts: countsOf(view.state, before), destroy: () => { view.destroy(); } };
}

function countsOf(state: EditorState, before: string): { added: number; removed: number } {
  const old = EditorState.create({ doc: before }).doc;
  const counts = { added: 0, removed: 0 };
  for (const chunk of getChunks(state)?.chunks ?? []) {
    if (chunk.fromB < chunk.toB) counts.added += linesIn(state.doc, chunk.fromB, chunk.endB);
    if (chunk.fromA < chunk.toA) counts.removed += linesIn(old, chunk.fromA, chunk.endA);
  }
  return counts;
}

function linesIn(text: EditorState["doc"], from: number, to: number): number {
  return text.lineAt(Math.min(to, text.length)).number - text.lineAt(from).number + 1;
}
