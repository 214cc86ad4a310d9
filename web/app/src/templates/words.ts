/** What a template asks for, in words. Pure. */
import { triggerWords } from "../functions/words.ts";
import type { Asks } from "./templates.ts";

/** One thing that is agreed to: what, and what it means. */
export interface Ask {
  title: string;
  lines: string[];
  /** Something to be done before it works. */
  note?: string;
}

/** Everything that *asks* wants, a line for each thing. */
export function askList(asks: Asks): Ask[] {
  const list: Ask[] = [
    { title: "It is set off by", lines: asks.triggers.length > 0 ? asks.triggers.map(triggerWords) : ["Only by hand"] },
  ];
  for (const one of asks.connectors) {
    const what = one.operations.length > 0 ? one.operations : ["Any call that the connector allows"];
    list.push({
      title: `It calls ${one.name}`,
      lines: what,
      ...(one.present ? {} : { note: `The connector ${one.name} is not here yet. If it is built in, it is added.` }),
    });
  }
  if (asks.storage.length > 0) list.push({ title: "It keeps", lines: asks.storage });
  if (asks.dependencies.length > 0) list.push({ title: "It brings packages", lines: asks.dependencies });
  if (asks.secrets.length > 0) {
    list.push({ title: "It needs secrets", lines: asks.secrets, note: "Set them afterwards, in Secrets or at the connector." });
  }
  return list;
}

/** What a card says a template asks for, in a line. */
export function askWords(asks: Asks): string {
  const names = [...asks.connectors.map((one) => one.name), ...(asks.storage.length > 0 ? ["storage"] : [])];
  if (names.length === 0) return "Uses nothing else";
  const last = names.pop() ?? "";
  return `Uses ${names.length > 0 ? `${names.join(", ")} and ` : ""}${last}`;
}

/** A name for a function made of the template *name* that no function has. */
export function freeName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  for (let number = 2; ; number += 1) {
    const wanted = `${name.slice(0, 58)}-${number}`;
    if (!taken.includes(wanted)) return wanted;
  }
}

/** A piece of a readme: lines of code as they are, or words with some code among them. */
export type Block = { kind: "code"; text: string } | { kind: "words"; parts: { text: string; isCode: boolean }[] };

/** Read as much Markdown as our readmes are written in; the title is left out, for the page has one. */
export function blocksOf(readme: string): Block[] {
  return readme.split(/^```\w*\n([^]*?)^```$/m).flatMap((piece, index): Block[] => {
    if (index % 2 === 1) return [{ kind: "code", text: piece.trimEnd() }];
    const paragraphs = piece.split(/\n{2,}/).map((one) => one.trim());
    return paragraphs.filter((one) => one !== "" && !one.startsWith("# ")).map((one) => ({ kind: "words", parts: partsOf(one) }));
  });
}

function partsOf(paragraph: string): { text: string; isCode: boolean }[] {
  return paragraph
    .replaceAll("\n", " ")
    .split("`")
    .map((text, index) => ({ text: index % 2 === 1 ? text : text.replace(/\*(\S[^*]*)\*/g, "$1"), isCode: index % 2 === 1 }))
    .filter((part) => part.text !== "");
}
