/** The signature of the call that the cursor is in, shown above it, the argument at hand in bold. */
import { syntaxTree } from "@codemirror/language";
import { StateEffect, StateField, type EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, showTooltip, ViewPlugin, type Tooltip, type ViewUpdate } from "@codemirror/view";

import type { Place } from "../../functions.ts";
import type { Signature } from "../../types.ts";
import { placeOf } from "./places.ts";

/** Who is asked: the text, the place in it, and what ends the asking. */
export type AskSignature = (source: string, place: Place, signal: AbortSignal) => Promise<Signature | null>;

const PAUSE_MS = 150;

interface Shown {
  /** Where the call's parenthesis opens. */
  at: number;
  signature: Signature;
}

const show = StateEffect.define<Shown | null>();

/** Where the parenthesis of the call around the cursor opens, or null outside of calls. */
export function callAt(state: EditorState): number | null {
  const { head, empty } = state.selection.main;
  if (!empty) return null;
  for (let node = syntaxTree(state).resolveInner(head, -1); ; ) {
    const isOpen = head < node.to || state.sliceDoc(node.to - 1, node.to) !== ")";
    if (node.name === "ArgList" && node.from < head && isOpen) return node.from;
    if (!node.parent) return null;
    node = node.parent;
  }
}

const shown = StateField.define<Shown | null>({
  create: () => null,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(show)) return effect.value;
    if (!value || !(transaction.docChanged || transaction.selection)) return value;
    const at = transaction.changes.mapPos(value.at);
    return callAt(transaction.state) === at ? { ...value, at } : null;
  },
  provide: (field) => showTooltip.from(field, (value) => value && tooltip(value)),
});

function tooltip({ at, signature }: Shown): Tooltip {
  return {
    pos: at,
    above: true,
    create() {
      const dom = document.createElement("div");
      dom.className = "cm-signature";
      dom.setAttribute("role", "status");
      dom.append(...labelOf(signature));
      const [first] = signature.documentation.split("\n\n");
      if (first) {
        const text = document.createElement("p");
        text.textContent = first;
        dom.append(text);
      }
      return { dom };
    },
  };
}

/** The label, with the argument at hand marked where it stands. */
function labelOf({ label, parameters, active }: Signature): (Node | string)[] {
  const current = active === null ? undefined : parameters[active]?.label;
  const start = current ? label.indexOf(current, label.indexOf("(") + 1) : -1;
  if (!current || start < 0) return [label];
  const strong = document.createElement("strong");
  strong.textContent = current;
  return [label.slice(0, start), strong, label.slice(start + current.length)];
}

/** Shows signatures that *ask* knows; Escape closes one until the cursor is in another call. */
export function signatures(ask: AskSignature): Extension {
  const asking = ViewPlugin.fromClass(
    class {
      closed: number | null = null;
      private timer: ReturnType<typeof setTimeout> | undefined;
      private life = new AbortController();

      constructor(private readonly view: EditorView) {}

      update(update: ViewUpdate): void {
        if (!update.docChanged && !update.selectionSet) return;
        this.cancel();
        const at = callAt(update.state);
        if (at !== this.closed) this.closed = null;
        if (at === null || this.closed !== null || !this.view.hasFocus) return;
        this.timer = setTimeout(() => void this.ask(at), PAUSE_MS);
      }

      private async ask(at: number): Promise<void> {
        const { signal } = this.life;
        const { doc, selection } = this.view.state;
        try {
          const signature = await ask(doc.toString(), placeOf(doc, selection.main.head), signal);
          if (!signal.aborted) this.view.dispatch({ effects: show.of(signature && { at, signature }) });
        } catch {
          // A signature is a courtesy: writing goes on without it.
        }
      }

      cancel(): void {
        clearTimeout(this.timer);
        this.life.abort();
        this.life = new AbortController();
      }

      destroy(): void {
        this.cancel();
      }
    },
  );
  const close = (view: EditorView): boolean => {
    const value = view.state.field(shown);
    if (!value) return false;
    const plugin = view.plugin(asking);
    if (plugin) plugin.closed = value.at;
    view.dispatch({ effects: show.of(null) });
    return true;
  };
  return [shown, asking, keymap.of([{ key: "Escape", run: close }])];
}
