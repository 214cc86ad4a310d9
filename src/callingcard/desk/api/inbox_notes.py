"""The agents' API beside the conversations: views, search, notes, assignees, who is here."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from callingcard.desk.api.bodies import accepts, read_body
from callingcard.desk.api.feed_schemas import (
    NoteOut,
)
from callingcard.desk.api.inbox import Agent
from callingcard.desk.api.schemas import (
    Ask,
    ConversationOut,
    EntryOut,
    Wire,
)
from callingcard.desk.api.streams import NO_STORE
from callingcard.desk.model.conversations import Author, AuthorKind, Entry, Note
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.model.signs import SignKind
from callingcard.desk.ports.chat import Assigning
from callingcard.desk.ports.privacy import Looks
from callingcard.desk.service.chat.conversations import ConversationDesk
from callingcard.desk.service.chat.listing import MAX_QUERY, Hit, View
from callingcard.kit.actor import Actor


class WriteNote(Ask):
    """A comment, and its author's own id for it, so that a repeat is known."""

    client_note_id: Annotated[str, Field(min_length=1, max_length=64)]
    text: str


class Assign(Ask):
    """Whose conversation it is to be."""

    agent_id: Annotated[str, Field(min_length=1, max_length=32)]


class Presence(Ask):
    """What an agent does in a conversation; who goes on says so again."""

    kind: Literal["typing", "looking"]
    active: bool = True


class NotesAnswer(Wire):
    """A conversation's notes, the oldest first."""

    notes: list[NoteOut]


class ViewOut(Wire):
    """A view of the inbox, and how many conversations are in it."""

    name: View
    count: int


class ViewsAnswer(Wire):
    """Every view of the agent who asks."""

    views: list[ViewOut]


class HitOut(Wire):
    """A conversation that was found, with the line in which the words are.

    Neither *entry* nor *note* is there when they are in the contact's name or address.
    """

    conversation: ConversationOut
    entry: EntryOut | None
    note: NoteOut | None

    @classmethod
    def of(cls, hit: Hit) -> "HitOut":
        """Write *hit* down."""
        line = hit.line
        return cls(
            conversation=ConversationOut.of(hit.overview),
            entry=EntryOut.of(line) if isinstance(line, Entry) else None,
            note=NoteOut.of(line) if isinstance(line, Note) else None,
        )


class SearchAnswer(Wire):
    """What was found, the newest first."""

    results: list[HitOut]


def inbox_note_routes(
    conversations: ConversationDesk,
    agent: Agent,
    assigning: Assigning | None = None,
    *,
    looks: Looks,
) -> APIRouter:
    """Return the routes; *agent* guards every one of them.

    Without *assigning* nobody can be given a conversation here. *looks* notes who looked
    at which conversation.
    """

    async def guard(request: Request, response: Response) -> None:
        response.headers.update(NO_STORE)
        await agent(request)

    router = APIRouter(prefix="/v1/inbox", tags=["inbox"], dependencies=[Depends(guard)])
    _add_looks(router, conversations, agent)
    _add_notes(router, conversations, agent, looks)
    _add_presence(router, conversations, agent)
    if assigning is not None:
        _add_assignees(router, conversations, assigning, agent)
    return router


def _add_looks(router: APIRouter, conversations: ConversationDesk, agent: Agent) -> None:
    """Declare views and search."""

    @router.get("/views", operation_id="listViews", summary="Count what is in each view")
    async def views(asker: Annotated[Actor, Depends(agent)]) -> ViewsAnswer:
        counts = await conversations.listing.counts(asker.id)
        return ViewsAnswer(
            views=[ViewOut(name=name, count=count) for name, count in counts.items()]
        )

    @router.get(
        "/search",
        operation_id="searchInbox",
        summary="Find conversations by what was said, or by who said it",
    )
    async def search(
        q: Annotated[str, Query(min_length=1, max_length=MAX_QUERY)],
        limit: Annotated[int, Query(ge=1, le=50)] = 20,
    ) -> SearchAnswer:
        hits = await conversations.listing.find(q, limit=limit)
        return SearchAnswer(results=[HitOut.of(hit) for hit in hits])


def _add_notes(
    router: APIRouter, conversations: ConversationDesk, agent: Agent, looks: Looks
) -> None:
    """Declare what agents tell each other about a conversation."""

    @router.get(
        "/conversations/{conversation_id}/notes",
        operation_id="listNotes",
        summary="Show a conversation's notes, the oldest first",
    )
    async def notes(
        conversation_id: str,
        asker: Annotated[Actor, Depends(agent)],
        after: Annotated[str | None, Query(max_length=40)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 200,
    ) -> NotesAnswer:
        found = await conversations.notes.of(
            ConversationId(conversation_id), after=after, limit=limit
        )
        await looks.viewed(asker, "conversation", conversation_id)
        return NotesAnswer(notes=[NoteOut.of(note) for note in found])

    @router.post(
        "/conversations/{conversation_id}/notes",
        operation_id="addNote",
        summary="Write something that only agents see",
        status_code=201,
        openapi_extra=accepts(WriteNote),
    )
    async def add(
        conversation_id: str, request: Request, asker: Annotated[Actor, Depends(agent)]
    ) -> NoteOut:
        asked = await read_body(request, WriteNote)
        note = await conversations.notes.comment(
            ConversationId(conversation_id),
            author=_author(asker),
            text=asked.text,
            client_note_id=asked.client_note_id,
        )
        return NoteOut.of(note)


def _add_presence(router: APIRouter, conversations: ConversationDesk, agent: Agent) -> None:
    """Declare who does something in a conversation just now."""

    @router.post(
        "/conversations/{conversation_id}/presence",
        operation_id="agentIsHere",
        summary="Say that the agent types in a conversation, or looks at it",
        status_code=204,
        openapi_extra=accepts(Presence),
    )
    async def presence(
        conversation_id: str, request: Request, asker: Annotated[Actor, Depends(agent)]
    ) -> Response:
        asked = await read_body(request, Presence)
        await conversations.presence.agent_does(
            ConversationId(conversation_id),
            SignKind(asked.kind),
            _author(asker),
            shown=asked.active,
        )
        return Response(status_code=204, headers=NO_STORE)


def _add_assignees(
    router: APIRouter,
    conversations: ConversationDesk,
    assigning: Assigning,
    agent: Callable[[Request], Awaitable[Actor]],
) -> None:
    """Declare whose conversation it is."""

    @router.put(
        "/conversations/{conversation_id}/assignee",
        operation_id="assignConversation",
        summary="Give a conversation to an agent",
        openapi_extra=accepts(Assign),
    )
    async def assign(
        conversation_id: str, request: Request, asker: Annotated[Actor, Depends(agent)]
    ) -> ConversationOut:
        asked = await read_body(request, Assign)
        key = ConversationId(conversation_id)
        await assigning.assign(key, asked.agent_id, by=_author(asker))
        return ConversationOut.of(await conversations.overview(key))

    @router.delete(
        "/conversations/{conversation_id}/assignee",
        operation_id="unassignConversation",
        summary="Take a conversation from its agent",
    )
    async def unassign(
        conversation_id: str, asker: Annotated[Actor, Depends(agent)]
    ) -> ConversationOut:
        key = ConversationId(conversation_id)
        await assigning.unassign(key, by=_author(asker))
        return ConversationOut.of(await conversations.overview(key))


def _author(agent: Actor) -> Author:
    return Author(AuthorKind.AGENT, agent.id, agent.name)
