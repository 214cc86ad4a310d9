/** The editor's own colours for a source that cannot be changed; fetched when one is shown. */
import { python } from "@codemirror/lang-python";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";

import { look } from "../functions/editor/code/look.ts";
import { rootIn } from "../functions/editor/code/mount.ts";

/** Show *source* in *host*; return what takes it away. */
export function mountSource(host: HTMLElement, source: string, label: string): () => void {
  const root = rootIn(host);
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: source,
      extensions: [
        lineNumbers(),
        python(),
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", dir: "ltr" }),
        look,
      ],
    }),
  });
  return () => {
    view.destroy();
  };
}
