/** Chatflows to begin with: each is whole, and can be published as it is. */
import type { Flow } from "./document.ts";

/** A beginning: what it is called, what it does, and its document but for the name. */
export interface Starter {
  name: string;
  help: string;
  flow: Omit<Flow, "name">;
}

const GREETING = "Hi {{ contact.firstname | default: 'there' }}, how can we help?";

/** The beginnings to choose from; the first is the usual one. */
export const STARTERS = {
  topics: {
    name: "Ask what it is about",
    help: "A question with buttons, then people take over.",
    flow: {
      welcome: GREETING,
      start: "topic",
      steps: {
        topic: { type: "question", text: "What is it about?", options: ["An order", "A return", "Something else"], next: "people" },
        people: { type: "route", text: "Thanks. Somebody will be with you in a moment." },
      },
    },
  },
  address: {
    name: "Ask who it is",
    help: "A short form for those who did not sign in, then people take over.",
    flow: {
      welcome: GREETING,
      start: "who",
      steps: {
        who: {
          type: "form",
          text: "How can we reach you?",
          fields: [{ property: "contact.email", required: true }, { property: "contact.firstname" }],
          skip_known: true,
          next: "people",
        },
        people: { type: "route", text: "Thanks. Somebody will be with you in a moment." },
      },
    },
  },
  hours: {
    name: "Say when nobody is there",
    help: "Within office hours people take over; outside them, a message and a form.",
    flow: {
      welcome: GREETING,
      start: "open",
      steps: {
        open: { type: "branch", cases: [{ when: { property: "hours.open", operator: "eq", value: true }, next: "people" }], else: "closed" },
        closed: { type: "message", text: "Nobody is here right now. Leave us your address, and we will write to you.", next: "who" },
        who: { type: "form", fields: [{ property: "contact.email", required: true }], skip_known: true, next: "people" },
        people: { type: "route" },
      },
    },
  },
  greeting: {
    name: "Only a greeting",
    help: "Says hello; the first message goes to people.",
    flow: { welcome: GREETING },
  },
} as const satisfies Record<string, Starter>;

/** The names of the beginnings. */
export type StarterName = keyof typeof STARTERS;
