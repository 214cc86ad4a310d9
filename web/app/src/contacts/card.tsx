/** A person on a card, their properties, and what was talked about before. */
import type { Contact, ConversationSummary, Evidence } from "@callingcard/kit/api.ts";
import { reasonFor, type Signature } from "@callingcard/kit/design/evidence.ts";
import { Seal } from "@callingcard/kit/design/seal.tsx";

import { colleague } from "../inbox/house.ts";
import { address } from "../router.ts";
import { Ago } from "../ui/ago.tsx";
import { brief } from "../ui/time.ts";
import { propertyText } from "./store.ts";

/** What a card says; a visitor who is no contact yet has one too. */
export interface CardFace {
  name: string;
  email: string | null;
  company: string;
  evidence: Evidence;
  signature?: Signature;
}

/** The calling card: who is at the door, how we know, and nothing more. */
export function Card(face: CardFace) {
  return (
    <section class="card">
      <h2 class="card-name" dir="auto">
        {face.name}
      </h2>
      <p class="card-seal">
        <Seal evidence={face.evidence} within="link" />
        <span>{reasonFor(face.evidence, face.signature)}</span>
      </p>
      {(face.email ?? face.company) && (
        <p class="card-lines">
          {face.email && face.email !== face.name && (
            <a class="quiet-link" href={`mailto:${face.email}`}>
              {face.email}
            </a>
          )}
          {face.company && <span dir="auto">{face.company}</span>}
        </p>
      )}
    </section>
  );
}

const OWNER = "hubspot_owner_id";
const ON_CARD = new Set(["company", "email", "firstname", "lastname"]);

/** Everything else that is known, as a list of names and values. */
export function Properties({ contact }: { contact: Contact }) {
  const known = Object.entries(contact.properties)
    .filter(([name]) => !ON_CARD.has(name.toLowerCase()))
    .map(([name, value]): [string, string] => [name, name === OWNER ? (colleague(value)?.name ?? value) : propertyText(value)])
    .filter(([, text]) => text !== "");
  if (known.length === 0) return null;
  return (
    <section>
      <h3 class="section-title">Properties</h3>
      <dl class="properties">
        {known.map(([name, text]) => (
          <div key={name}>
            <dt>{spoken(name)}</dt>
            <dd dir="auto">{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Conversations with this person, newest first; *except* is the one already on screen. */
export function Conversations(props: { title: string; conversations: readonly ConversationSummary[]; except?: string }) {
  const others = props.conversations.filter((one) => one.id !== props.except);
  if (others.length === 0) return null;
  return (
    <section>
      <h3 class="section-title">{props.title}</h3>
      <ul class="summaries">
        {others.map((one) => (
          <li key={one.id}>
            <a class="summary" href={address("inbox", one.id)}>
              <span class="summary-text" dir="auto">
                {one.lastText || "No messages"}
              </span>
              <span class="text-muted">
                {one.status === "open" ? "Open" : "Closed"} · <Ago at={one.updatedAt} words={brief} />
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** HubSpot's own names that are written as one word. */
const SPOKEN: Readonly<Record<string, string>> = {
  jobtitle: "Job title",
  lifecyclestage: "Lifecycle stage",
  hs_lead_status: "Lead status",
  hs_additional_emails: "Further addresses",
  hubspot_owner_id: "Owner",
};

/** A property's name as people say it: "last_order" and "lastOrder" are both "Last order". */
export function spoken(name: string): string {
  const own = SPOKEN[name];
  if (own) return own;
  const words = name.replace(/_+/g, " ").replace(/([a-z])([A-Z])/g, "$1 $2").trim().toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
