/** One contact: the card, what is known, what happened, and what can be done. */
import { useSignal } from "@preact/signals";
import { ArrowLeft } from "lucide";
import { useRef } from "preact/hooks";

import { Page } from "../frame/page.tsx";
import { address, navigate } from "../router.ts";
import "../styles/contacts.css";
import { Ago } from "../ui/ago.tsx";
import { Icon } from "../ui/icon.tsx";
import { useLoad } from "../ui/load.ts";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";
import { relative } from "../ui/time.ts";
import { Card } from "./card.tsx";
import { MergeButton } from "./merging/merge.tsx";
import { Erased } from "./privacy/erase.tsx";
import { PersonData } from "./privacy/person-data.tsx";
import { PropertySheet } from "./sheet/properties.tsx";
import { RelatedSheet } from "./sheet/related.tsx";
import { Timeline } from "./sheet/timeline.tsx";
import { contactName, contactPath, propertyText, readContact } from "./store.ts";
import type { ContactDetail, Receipt } from "./types.ts";

/** Show the contact called *id*. */
export function ContactPage({ id }: { id: string }) {
  const { contact, problem, retry } = useContact(id);
  const receipt = useSignal<Receipt | null>(null);
  const turn = useSignal(0);
  const shown = receipt.value || problem ? null : contact;
  return (
    <Page
      title="Contact"
      tabTitle={shown ? contactName(shown) : "Contact"}
      action={shown && <OpenLatest contact={shown} />}
    >
      <main class="content contact-page">
        <a class="back-link" href={address("contacts")}>
          <Icon node={ArrowLeft} size={16} /> Contacts
        </a>
        {receipt.value && <Erased receipt={receipt.value} />}
        {problem && (problem.status === 404 ? <Gone /> : <Failure problem={problem} retry={retry} />)}
        {!problem && !contact && <Skeleton rows={4} shape="text" />}
        {shown && (
          <Sheet
            contact={shown}
            turn={turn.value}
            again={() => {
              turn.value += 1;
              retry();
            }}
            erased={(told) => {
              receipt.value = told;
            }}
          />
        )}
      </main>
    </Page>
  );
}

function OpenLatest({ contact }: { contact: ContactDetail }) {
  const latest = contact.conversations[0];
  if (!latest) return null;
  return (
    <a class="button button-primary" href={address("inbox", latest.id)}>
      Open conversation
    </a>
  );
}

/** Read the contact *id*; while it is read again, what was known stays, and the reader's place in it. */
function useContact(id: string) {
  const { value, problem, retry } = useLoad(contactPath(id), readContact);
  const before = useRef<ContactDetail | null>(null);
  if (value) before.current = value;
  return { contact: value ?? before.current, problem, retry };
}

/** Everything of *contact*; what hangs on them is read anew in each *turn*. */
function Sheet(props: { contact: ContactDetail; turn: number; again: () => void; erased: (receipt: Receipt) => void }) {
  const { contact, turn, again } = props;
  return (
    <div class="sheet">
      <div class="sheet-side">
        <Card
          name={contactName(contact)}
          email={contact.email}
          company={propertyText(contact.properties["company"])}
          evidence={contact.evidence}
        />
        <p class="text-muted text-xs">
          Known since <Ago at={contact.createdAt} words={relative} /> · Number {contact.id}
        </p>
        <div>
          <MergeButton
            contact={contact}
            merged={(survivorId) => {
              if (survivorId === contact.id) again();
              else navigate(address("contacts", survivorId), { replace: true });
            }}
          />
        </div>
      </div>
      <div class="sheet-main">
        <PropertySheet contact={contact} changed={again} />
        <RelatedSheet key={`related ${turn}`} id={contact.id} />
        <Timeline key={`timeline ${turn}`} contact={contact} changed={again} />
        <PersonData contact={contact} erased={props.erased} />
      </div>
    </div>
  );
}

function Gone() {
  return (
    <Empty title="This contact is not here" text="It was erased or merged into another, or the link is old.">
      <a class="button" href={address("contacts")}>
        Back to the contacts
      </a>
    </Empty>
  );
}
