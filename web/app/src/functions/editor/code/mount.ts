/**
 * The code editor itself, in a chunk of its own that only the pages with code fetch.
 *
 * It lives in a shadow root: there its styles are sheets that the page's policy allows,
 * while in the document they would be the inline styles that it forbids.
 */
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  completionStatus,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { search, searchKeymap } from "@codemirror/search";
import { EditorState, Prec, type Extension } from "@codemirror/state";
import { EditorView, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";

import type { Place } from "../../functions.ts";
import type { Finding } from "../../types.ts";
import { completing, type AskCompletions } from "./completing.ts";
import { findingKeys, showFindings } from "./findings.ts";
import { look } from "./look.ts";
import { offsetOf } from "./places.ts";
import { signatures, type AskSignature } from "./signatures.ts";

/** What the editor is told, and whom it asks. */
export interface EditorGiven {
  source: string;
  /** What it is, for those who do not see it. */
  label: string;
  onChange: (source: string) => void;
  /** The reader went to the finding in this line. */
  onFinding: (line: number) => void;
  complete: AskCompletions;
  signature: AskSignature;
}

/** What can be done with an editor that is there. */
export interface MountedEditor {
  readonly source: string;
  replace: (source: string) => void;
  showFindings: (findings: readonly Finding[]) => void;
  goTo: (place: Place) => void;
  destroy: () => void;
}

/** The root inside *host* that code is shown in. */
export function rootIn(host: HTMLElement): ShadowRoot {
  return host.shadowRoot ?? host.attachShadow({ mode: "open" });
}

/** Put an editor into *host*. */
export function mountEditor(host: HTMLElement, given: EditorGiven): MountedEditor {
  const root = rootIn(host);
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({ doc: given.source, extensions: [extensions(given), look] }),
  });
  return {
    get source() {
      return view.state.doc.toString();
    },
    replace(source) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: source } });
    },
    showFindings(findings) {
      showFindings(view, findings);
    },
    goTo(place) {
      const anchor = offsetOf(view.state.doc, place);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      view.focus();
    },
    destroy() {
      view.destroy();
    },
  };
}

const LEAVE_MS = 2000;

/**
 * After Escape, Tab leads out of the editor for a moment, so that nobody is caught in it.
 *
 * The editor does so itself, but not when Escape did something else as well, such as to give
 * up a selection. An Escape that closes the completions is meant for those alone.
 */
const leaving = Prec.highest(
  EditorView.domEventHandlers({
    keydown(event, view) {
      if (event.key === "Escape" && completionStatus(view.state) === null) view.setTabFocusMode(LEAVE_MS);
      return false;
    },
  }),
);

/** Everything the editor can do; the keys that it leaves alone are the page's own. */
function extensions(given: EditorGiven): Extension {
  return [
    lineNumbers(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    history(),
    indentUnit.of("    "),
    EditorState.tabSize.of(4),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    python(),
    search({ top: true }),
    findingKeys(given.onFinding),
    autocompletion({ override: [completing(given.complete)], icons: false, activateOnTypingDelay: 80 }),
    signatures(given.signature),
    leaving,
    keymap.of([
      { key: "Tab", run: acceptCompletion },
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...searchKeymap,
      ...historyKeymap,
      // Mod-Enter is Run, everywhere on the page.
      ...defaultKeymap.filter((binding) => binding.key !== "Mod-Enter"),
      indentWithTab,
    ]),
    EditorView.contentAttributes.of({ "aria-label": given.label, dir: "ltr", spellcheck: "false" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) given.onChange(update.state.doc.toString());
    }),
  ];
}
