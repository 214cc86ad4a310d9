/** What the server found in a source, underlined in the editor and walked through with F8. */
import { nextDiagnostic, previousDiagnostic, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import type { Extension, Text } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";

import type { Finding } from "../../types.ts";
import { offsetOf } from "./places.ts";

/** The stretch of *text* that *finding* is about; one without an end is underlined to the end of its line. */
export function diagnosticOf(text: Text, finding: Finding): Diagnostic {
  const from = offsetOf(text, finding);
  const end =
    finding.endLine === null || finding.endColumn === null
      ? text.lineAt(from).to
      : offsetOf(text, { line: finding.endLine, column: finding.endColumn });
  const to = Math.min(text.length, Math.max(end, from + 1));
  // At the end of the text there is nothing after it to underline, so what is before it is.
  return { from: to === from ? Math.max(0, from - 1) : from, to, severity: finding.severity, message: finding.message };
}

/** Show *findings*, in the place of what was shown before. */
export function showFindings(view: EditorView, findings: readonly Finding[]): void {
  const text = view.state.doc;
  view.dispatch(
    setDiagnostics(
      view.state,
      findings.map((finding) => diagnosticOf(text, finding)).sort((one, other) => one.from - other.from),
    ),
  );
}

/** F8 goes to the next finding, with Shift to the one before; *tell* is given its line. */
export function findingKeys(tell: (line: number) => void): Extension {
  const go = (move: (view: EditorView) => boolean) => (view: EditorView): boolean => {
    if (!move(view)) return false;
    view.dispatch({ effects: EditorView.scrollIntoView(view.state.selection.main, { y: "center" }) });
    tell(view.state.doc.lineAt(view.state.selection.main.from).number);
    return true;
  };
  return keymap.of([{ key: "F8", run: go(nextDiagnostic), shift: go(previousDiagnostic) }]);
}
