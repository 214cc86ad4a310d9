/** The editor in our own colours; they come through the variables, so that themes change by themselves. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const underline = (tone: string): Record<string, string> => ({
  backgroundImage: "none",
  textDecoration: `underline wavy ${tone}`,
  textDecorationSkipInk: "none",
  textUnderlineOffset: "3px",
});

const floating: Record<string, string> = {
  border: "1px solid var(--line)",
  borderRadius: "var(--radius-control)",
  background: "var(--surface)",
  color: "var(--ink)",
  boxShadow: "var(--shadow)",
  fontSize: "0.75rem",
};

const theme = EditorView.theme({
  "&": { height: "100%", background: "var(--surface)", color: "var(--ink)", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "none" }, // the page draws it around the whole, over the line numbers too
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", overflow: "auto" },
  ".cm-content": { padding: "12px 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 16px 0 8px" },
  ".cm-gutters": { border: "0", background: "var(--surface)", color: "var(--muted)" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "40px", padding: "0 8px" },
  "&.cm-focused .cm-activeLineGutter": { background: "var(--sunken)", color: "var(--ink)" },
  ".cm-activeLineGutter": { background: "none" },
  ".cm-line ::selection, .cm-line::selection": { background: "color-mix(in srgb, var(--focus) 28%, transparent)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    background: "color-mix(in srgb, var(--focus) 20%, transparent)",
    outline: "1px solid var(--focus)",
  },
  ".cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket": { background: "none", color: "var(--danger)" },
  ".cm-searchMatch": { background: "color-mix(in srgb, var(--warning) 25%, transparent)" },
  ".cm-searchMatch-selected": { outline: "2px solid var(--warning)" },
  ".cm-lintRange": { paddingBottom: "0" },
  ".cm-lintRange-error": underline("var(--danger)"),
  ".cm-lintRange-warning": underline("var(--warning)"),
  ".cm-lintRange-info": underline("var(--muted)"),
  ".cm-lintRange-active": { background: "var(--tint)" },
  ".cm-lintPoint": { display: "none" },
  ".cm-tooltip": floating,
  ".cm-tooltip-lint": { padding: "4px 0" },
  ".cm-diagnostic": { padding: "4px 12px", border: "0", maxWidth: "420px", whiteSpace: "pre-wrap" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    maxHeight: "260px",
    minWidth: "240px",
    maxWidth: "min(380px, 90vw)",
    padding: "4px",
    fontFamily: "var(--mono)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    display: "flex",
    gap: "16px",
    justifyContent: "space-between",
    padding: "4px 8px",
    borderRadius: "4px",
    lineHeight: "1.4",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--sunken)", color: "var(--ink)" },
  ".cm-tooltip-autocomplete ul li[aria-selected] .cm-completionLabel": { fontWeight: "600" },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--accent)" },
  ".cm-completionDetail": {
    overflow: "hidden",
    margin: "0",
    color: "var(--muted)",
    fontStyle: "normal",
    textOverflow: "ellipsis",
  },
  ".cm-completionInfo": {
    maxWidth: "340px",
    maxHeight: "260px",
    overflow: "auto",
    padding: "8px 12px",
    fontFamily: "var(--sans)",
    lineHeight: "1.5",
  },
  // Where there is no room beside the list it would hide what is being chosen from.
  ".cm-completionInfo-left-narrow, .cm-completionInfo-right-narrow": { display: "none" },
  ".cm-signature": { maxWidth: "min(560px, 90vw)", padding: "6px 10px", fontFamily: "var(--mono)", whiteSpace: "pre-wrap" },
  ".cm-signature strong": { color: "var(--accent)" },
  ".cm-signature p": { marginTop: "4px", marginBottom: "0", color: "var(--muted)", fontFamily: "var(--sans)" },
  ".cm-panels": { background: "var(--sunken)", color: "var(--ink)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": { padding: "8px 32px 8px 12px", fontFamily: "var(--sans)", fontSize: "0.75rem" },
  ".cm-panel.cm-search label": { fontSize: "0.75rem" },
  ".cm-panel.cm-search [name=close]": { top: "8px", right: "12px", color: "var(--muted)", fontSize: "1rem" },
  ".cm-textfield": {
    border: "1px solid var(--edge)",
    borderRadius: "var(--radius-control)",
    background: "var(--surface)",
    color: "var(--ink)",
    fontSize: "0.75rem",
  },
  ".cm-button": {
    border: "1px solid var(--line)",
    borderRadius: "var(--radius-control)",
    background: "var(--surface)",
    backgroundImage: "none",
    color: "var(--ink)",
    fontSize: "0.75rem",
  },
  ".cm-textfield:focus-visible, .cm-button:focus-visible": { outline: "2px solid var(--focus)" },
  // What differs between two versions: the sign beside a line says it, the colour agrees.
  ".cm-changedLine": { position: "relative", background: "color-mix(in srgb, var(--signed) 12%, transparent)" },
  ".cm-deletedChunk": { paddingLeft: "0", background: "color-mix(in srgb, var(--danger) 10%, transparent)" },
  ".cm-deletedLine": { position: "relative", display: "block", padding: "0 16px 0 8px", color: "inherit", textDecoration: "none" },
  ".cm-changedLine::before": { ...sign("+"), color: "var(--signed)" },
  ".cm-deletedLine::before": { ...sign("−"), color: "var(--danger)" },
  "&.cm-diff .cm-line, &.cm-diff .cm-deletedLine": { paddingLeft: "24px" },
  "&.cm-merge-b .cm-changedText, .cm-changedText": {
    background: "color-mix(in srgb, var(--signed) 24%, transparent)",
  },
  ".cm-deletedChunk .cm-deletedText, &.cm-merge-b .cm-deletedText": {
    background: "color-mix(in srgb, var(--danger) 24%, transparent)",
  },
  ".cm-insertedLine, .cm-insertedLine .cm-changedText": { textDecoration: "none" },
  ".cm-changeGutter": { width: "0", padding: "0" },
  ".cm-collapsedLines::before, .cm-collapsedLines::after": { display: "none" },
  ".cm-collapsedLines, .cm-collapsedLines:hover": {
    padding: "4px 24px",
    background: "var(--sunken)",
    backgroundImage: "none",
    color: "var(--muted)",
    fontFamily: "var(--sans)",
    fontSize: "0.75rem",
  },
});

function sign(text: string): Record<string, string> {
  return { content: `"${text}"`, position: "absolute", left: "8px", fontWeight: "600" };
}

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword, tags.operatorKeyword], color: "var(--accent)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--signed)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warning)" },
  { tag: [tags.comment, tags.docString], color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)], fontWeight: "600" },
  { tag: [tags.meta, tags.self], color: "var(--muted)" },
  { tag: tags.invalid, color: "var(--danger)" },
]);

/** How the editor and the comparison of versions look. */
export const look: Extension = [theme, syntaxHighlighting(colours)];
