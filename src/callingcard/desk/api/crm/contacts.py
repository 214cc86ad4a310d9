"""The agents' view of the contacts: a list to search, and one contact in full."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from callingcard.desk.api.inbox import Agent
from callingcard.desk.api.schemas import Moment, Status, Wire
from callingcard.desk.api.streams import NO_STORE
from callingcard.desk.model.contacts import Contact
from callingcard.desk.model.conversations import Conversation
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.ports.privacy import Looks
from callingcard.desk.search import Filter, Operator, Sort
from callingcard.desk.search import Query as Question
from callingcard.desk.service.chat.conversations import ConversationDesk
from callingcard.desk.service.crm.contacts import ContactDesk, Key
from callingcard.kit.actor import Actor

MAX_CONVERSATIONS: Final = 20
"""How many of a contact's conversations are shown with them, the newest first."""


class ContactOut(Wire):
    """A contact as agents see it in a list."""

    id: str
    email: str | None
    first_name: str | None
    last_name: str | None
    evidence: Evidence
    properties: dict[str, str]
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, contact: Contact) -> "ContactOut":
        """Write *contact* down."""
        return cls(**_fields(contact))


class ContactConversation(Wire):
    """One of a contact's conversations, in one line."""

    id: str
    status: Status
    last_text: str | None
    updated_at: Moment


class ContactDetail(ContactOut):
    """A contact with their latest conversations."""

    conversations: list[ContactConversation]


class ContactsAnswer(Wire):
    """A page of contacts, and where the next one starts."""

    results: list[ContactOut]
    next: str | None


def contact_routes(
    contacts: ContactDesk, conversations: ConversationDesk, agent: Agent, *, looks: Looks
) -> APIRouter:
    """Return the agents' router for contacts, which *agent* guards.

    *looks* notes who looked at whom.
    """

    async def guard(request: Request, response: Response) -> None:
        response.headers.update(NO_STORE)
        await agent(request)

    router = APIRouter(prefix="/v1/contacts", tags=["contacts"], dependencies=[Depends(guard)])

    @router.get("", operation_id="listContacts")
    async def list_contacts(
        query: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        after: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
    ) -> ContactsAnswer:
        """List contacts, the newest first; *query* is words of a name, address or company."""
        page = await contacts.list_records(
            after=after, limit=limit, text=query, newest_first=True
        )
        more = page.next_offset is not None
        return ContactsAnswer(
            results=[ContactOut.of(contact) for contact in page.items],
            next=page.items[-1].id if more else None,
        )

    @router.get("/{contact_id}", operation_id="getContact")
    async def get_contact(
        contact_id: str, actor: Annotated[Actor, Depends(agent)]
    ) -> ContactDetail:
        """Show one contact with their latest conversations."""
        contact = await contacts.get(Key(contact_id))
        await looks.viewed(actor, "contact", contact.id)
        talks = await conversations.list_conversations(_latest_of(contact))
        lines = [await _line(conversations, talk) for talk in talks.items]
        return ContactDetail(**_fields(contact), conversations=lines)

    return router


def _fields(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.id,
        "email": contact.email,
        "first_name": contact.first_name or None,
        "last_name": contact.last_name or None,
        "evidence": contact.evidence,
        "properties": dict(contact.properties),
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
    }


def _latest_of(contact: Contact) -> Question:
    wanted = Filter("contact_id", Operator.EQ, (contact.id,))
    newest = Sort("updated_at", descending=True)
    return Question(groups=((wanted,),), sorts=(newest,), limit=MAX_CONVERSATIONS)


async def _line(
    conversations: ConversationDesk, conversation: Conversation
) -> ContactConversation:
    """Return *conversation* in one line, with the last thing that was said in it."""
    before = max(0, conversation.head - 1)
    newest = await conversations.entries(conversation.id, after=before, limit=1)
    return ContactConversation(
        id=conversation.id,
        status=conversation.status,
        last_text=newest[0].text if newest else None,
        updated_at=conversation.updated_at,
    )
