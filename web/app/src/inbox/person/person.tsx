/** Who the conversation is with: the card, what is known, what was said before. */
import { X } from "lucide";

import { Card, Conversations, Properties } from "../../contacts/card.tsx";
import { contactPath, propertyText, readContact } from "../../contacts/store.ts";
import { address } from "../../router.ts";
import { Icon } from "../../ui/icon.tsx";
import { useLoad } from "../../ui/load.ts";
import { Failure, Skeleton } from "../../ui/states.tsx";
import { nameOf } from "../feed.ts";
import { inbox } from "../store.ts";
import { Why } from "./why.tsx";

/** Show the visitor of conversation *id*; *close* folds the pane where it covers the thread. */
export function Person({ id, close }: { id: string; close: () => void }) {
  const conversation = inbox.value.conversations.get(id);
  const contactId = conversation?.contactId ?? null;
  const { value: contact, problem, retry } = useLoad(contactId && contactPath(contactId), readContact);
  if (!conversation) return <aside class="person" aria-label="Visitor" />;
  return (
    <aside class="person" aria-label="Visitor">
      <button type="button" class="icon-button person-close" aria-label="Fold" onClick={close}>
        <Icon node={X} />
      </button>
      <Card
        name={nameOf(conversation)}
        email={conversation.visitor.email}
        company={propertyText(contact?.properties["company"])}
        evidence={conversation.evidence}
        signature={conversation}
      />
      <Why conversation={conversation} />
      {problem && <Failure problem={problem} retry={retry} />}
      {contactId && !contact && !problem && <Skeleton rows={3} shape="text" />}
      {contact && (
        <>
          <Properties contact={contact} />
          <Conversations title="Earlier conversations" conversations={contact.conversations} except={id} />
          <a class="quiet-link text-sm" href={address("contacts", contact.id)}>
            Open contact
          </a>
        </>
      )}
    </aside>
  );
}
