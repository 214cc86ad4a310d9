"""The widget's conversations: those of before, another one, and who is typing.

Like the rest of the widget protocol this is for the frame that we serve; *guard* is the
same check that ``widget_routes`` makes.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from callingcard.desk.api.bodies import accepts, read_body
from callingcard.desk.api.schemas import Ask, Moment, Status, Wire
from callingcard.desk.api.streams import NO_STORE
from callingcard.desk.model.conversations import Conversation, Entry
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.visitors import Session
from callingcard.desk.service.chat.conversations import ConversationDesk

PREVIEW: Final = 120
"""How many characters of the newest message a list shows."""

SessionOf = Callable[[str, Request], Awaitable[Session]]
"""Returns the session of a request to an inbox; raises SessionEnded."""


class ChooseConversation(Ask):
    """Which conversation to go on in; none named means a new one."""

    conversation_id: Annotated[str, Field(min_length=1, max_length=32)] | None = None


class Typing(Ask):
    """Whether somebody types; who goes on says so again every few seconds."""

    typing: bool = True


class VisitorConversation(Wire):
    """One of a visitor's conversations."""

    id: str
    status: Status
    head: int
    read_seq: int
    agent_read_seq: int
    unread: int
    """How many lines the visitor has not read."""
    created_at: Moment
    updated_at: Moment
    state: Literal["current", "other"] = "other"
    preview: str = ""
    """The beginning of what was said last."""

    @classmethod
    def of(
        cls, one: Conversation, latest: Entry | None = None, *, is_current: bool
    ) -> "VisitorConversation":
        """Write *one* down; *latest* is its newest message."""
        return cls(
            id=one.id,
            status=one.status,
            head=one.head,
            read_seq=one.visitor_read_seq,
            agent_read_seq=one.agent_read_seq,
            unread=max(0, one.head - one.visitor_read_seq),
            created_at=one.created_at,
            updated_at=one.updated_at,
            state="current" if is_current else "other",
            preview="" if latest is None else latest.text[:PREVIEW],
        )


class VisitorConversations(Wire):
    """A visitor's conversations, the newest activity first."""

    results: list[VisitorConversation]


def widget_conversation_routes(
    conversations: ConversationDesk,
    session_of: SessionOf,
    guard: Callable[[Request, Response], Awaitable[None]],
) -> APIRouter:
    """Return the routes; *session_of* finds who asks."""
    router = APIRouter(
        prefix="/v1/widget/{inbox}", tags=["widget"], dependencies=[Depends(guard)]
    )

    @router.get(
        "/conversations",
        operation_id="listVisitorConversations",
        summary="List the visitor's conversations",
    )
    async def listed(inbox: str, request: Request) -> VisitorConversations:
        session = await session_of(inbox, request)
        found = await conversations.of_visitors.all(session)
        return VisitorConversations(
            results=[
                VisitorConversation.of(one.conversation, one.latest, is_current=one.is_current)
                for one in found
            ]
        )

    @router.post(
        "/conversations",
        operation_id="chooseConversation",
        summary="Go on in one of the visitor's conversations, or in a new one",
        openapi_extra=accepts(ChooseConversation),
    )
    async def choose(inbox: str, request: Request) -> VisitorConversation:
        session = await session_of(inbox, request)
        asked = await read_body(request, ChooseConversation)
        own = conversations.of_visitors
        if asked.conversation_id is None:
            chosen = await own.begin(session)
        else:
            chosen = await own.choose(session, ConversationId(asked.conversation_id))
        return VisitorConversation.of(chosen, is_current=True)

    @router.post(
        "/typing",
        operation_id="visitorTypes",
        summary="Say that the visitor types, or stopped",
        status_code=204,
        openapi_extra=accepts(Typing),
    )
    async def typing(inbox: str, request: Request) -> Response:
        session = await session_of(inbox, request)
        asked = await read_body(request, Typing)
        await conversations.presence.visitor_types(session, typing=asked.typing)
        return Response(status_code=204, headers=NO_STORE)

    return router
