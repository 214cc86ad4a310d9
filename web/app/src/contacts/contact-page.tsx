/** One contact: the card, the properties, the conversations. */
import type { Contact } from "@callingcard/kit/api.ts";
import { ArrowLeft } from "lucide";

import { Page } from "../frame/page.tsx";
import { address } from "../router.ts";
import { Ago } from "../ui/ago.tsx";
import { Icon } from "../ui/icon.tsx";
import { useLoad } from "../ui/load.ts";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";
import { relative } from "../ui/time.ts";
import { Card, Conversations, Properties } from "./card.tsx";
import { contactName, contactPath, propertyText, readContact } from "./store.ts";

/** Show the contact called *id*. */
export function ContactPage({ id }: { id: string }) {
  const { value: contact, problem, retry } = useLoad(contactPath(id), readContact);
  const latest = contact?.conversations?.[0];
  return (
    <Page
      title="Contact"
      tabTitle={contact ? contactName(contact) : "Contact"}
      action={
        latest && (
          <a class="button button-primary" href={address("inbox", latest.id)}>
            Open conversation
          </a>
        )
      }
    >
      <main class="content contact-page">
        <a class="back-link" href={address("contacts")}>
          <Icon node={ArrowLeft} size={16} /> Contacts
        </a>
        {problem && <Failure problem={problem} retry={retry} />}
        {!problem && !contact && <Skeleton rows={4} shape="text" />}
        {contact && <Sheet contact={contact} />}
      </main>
    </Page>
  );
}

function Sheet({ contact }: { contact: Contact }) {
  const conversations = contact.conversations ?? [];
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
          Known since <Ago at={contact.createdAt} words={relative} />
        </p>
      </div>
      <div class="sheet-main">
        <Properties contact={contact} />
        <Conversations title="Conversations" conversations={conversations} />
        {conversations.length === 0 && (
          <Empty title="No conversations yet" text="When this person writes, it appears here and in the inbox." />
        )}
      </div>
    </div>
  );
}
