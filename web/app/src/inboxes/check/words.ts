/** How the page of the test speaks. Pure. */
import type { CheckLine, CheckReport } from "./check.ts";

/** How a step went. */
export const LEVEL: Readonly<Record<CheckLine["level"], string>> = { ok: "Holds", warn: "Look", fail: "Fails" };

/** Which account a line is about. */
export const ACCOUNT: Readonly<Record<CheckLine["account"], string>> = { "": "", first: "First account", second: "Second account" };

/** A step, with how it went for each account. */
export interface Step {
  step: string;
  title: string;
  level: CheckLine["level"];
  lines: CheckLine[];
}

const WORSE = { ok: 0, warn: 1, fail: 2 } as const;

/** The lines of a report by their step, each as bad as its worst line. */
export function stepsOf(lines: readonly CheckLine[]): Step[] {
  const steps = new Map<string, Step>();
  for (const line of lines) {
    const step = steps.get(line.step) ?? { step: line.step, title: line.title, level: "ok", lines: [] };
    step.lines.push(line);
    if (WORSE[line.level] > WORSE[step.level]) step.level = line.level;
    steps.set(line.step, step);
  }
  return [...steps.values()];
}

/** What came of it all, in a sentence. */
export function verdict(report: CheckReport): string {
  const broken = stepsOf(report.lines).filter((step) => step.level === "fail").length;
  if (report.passed) return "It works: visitors are known while they are signed in, and nobody is after that.";
  return broken === 1 ? "One thing does not hold." : `${broken} things do not hold.`;
}

/** What is wrong with the addresses of contacts, by their place. */
export function contactReasons(contacts: readonly string[]): Record<string, string> {
  const reasons: Record<string, string> = {};
  contacts.forEach((email, place) => {
    if (email && !/^\S+@\S+$/.test(email)) reasons[String(place)] = "An address, as in ada@shop.example.";
  });
  if (contacts[0] && contacts[0].toLowerCase() === contacts[1]?.toLowerCase()) reasons["1"] = "Another one than the first.";
  return reasons;
}
