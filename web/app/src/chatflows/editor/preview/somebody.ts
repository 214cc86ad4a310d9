/** Somebody to try a chatflow on, as they are put together on the page. Pure. */
import type { Property } from "../../../conditions/properties.ts";
import type { Evidence, Input, Somebody } from "../../chatflows.ts";
import type { Flow } from "../../document.ts";

/** What is on the page. */
export interface Sketch {
  evidence: Evidence;
  /** What is known of the contact and of their company: names such as `contact.plan`, and values. */
  known: readonly (readonly [string, string])[];
  /** The amount of their largest open deal, or nothing. */
  deal: string;
  page: string;
  /** When they come, in the reader's own time zone; nothing is now. */
  at: string;
  inputs: readonly Input[];
  /** By step: what its function returns or its webhook replies, as it was typed. */
  returns: Readonly<Record<string, string>>;
}

/** Those who can be chosen at once. */
export const SKETCHES: Readonly<Record<"stranger" | "customer", Sketch>> = {
  stranger: {
    evidence: "anonymous",
    known: [],
    deal: "",
    page: "https://shop.example/",
    at: "",
    inputs: [],
    returns: {},
  },
  customer: {
    evidence: "signed",
    known: [
      ["contact.email", "ada@example.com"],
      ["contact.firstname", "Ada"],
      ["contact.lastname", "Lovelace"],
      ["contact.lifecyclestage", "customer"],
      ["company.name", "Engines & Co"],
    ],
    deal: "250000",
    page: "https://shop.example/pricing",
    at: "",
    inputs: [],
    returns: {},
  },
};

/** *sketch* as the server takes it, trying *flow*. */
export function somebodyOf(sketch: Sketch, flow: Flow): Somebody {
  const of = (owner: string): Record<string, string> =>
    Object.fromEntries(
      sketch.known
        .filter(([name, value]) => name.startsWith(`${owner}.`) && value !== "")
        .map(([name, value]) => [name.slice(owner.length + 1), value]),
    );
  const at = sketch.at === "" ? null : new Date(sketch.at);
  return {
    contact: of("contact"),
    company: of("company"),
    deals: sketch.deal.trim() === "" ? [] : [{ amount: sketch.deal.trim() }],
    page: { url: sketch.page },
    evidence: sketch.evidence,
    ...(at && !Number.isNaN(at.getTime()) ? { now: at.toISOString() } : {}),
    inputs: sketch.inputs,
    returns: Object.fromEntries(
      Object.entries(sketch.returns)
        .filter(([step, text]) => text.trim() !== "" && flow.steps?.[step])
        .map(([step, text]) => [step, readJson(text)]),
    ),
    document: flow,
  };
}

/** What was typed as JSON; what is none is a text. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The properties of which something can be said of somebody. */
export function sayable(properties: readonly Property[]): Property[] {
  return properties.filter((one) => one.name.startsWith("contact.") || one.name.startsWith("company."));
}

/** The steps of *flow* for which one has to say what comes back. */
export function calledSteps(flow: Flow): string[] {
  return Object.entries(flow.steps ?? {})
    .filter(([, step]) => step.type === "function" || step.type === "webhook")
    .map(([name]) => name);
}
