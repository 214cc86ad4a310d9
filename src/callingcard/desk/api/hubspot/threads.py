"""HubSpot's conversations: threads and their messages."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StrictStr
from starlette.responses import Response

from callingcard.desk.api.hubspot.calls import Call, Operation, Paths, shaped
from callingcard.desk.api.hubspot.directory import Actors, ChannelEndpoints
from callingcard.desk.api.hubspot.envelope import bad_request, not_found, reply
from callingcard.desk.api.hubspot.objects import CHANNEL
from callingcard.desk.api.hubspot.schemas import Body, MessageInput, ThreadChange
from callingcard.desk.api.hubspot.thread_objects import (
    content_object,
    line_object,
    thread_object,
)
from callingcard.desk.model.conversations import (
    Author,
    AuthorKind,
    Conversation,
    Entry,
    Note,
    NoteKind,
)
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.ports.chat import Assigning
from callingcard.desk.search import Filter, Operator, Query, Sort, parse_moment
from callingcard.desk.service.chat.conversations import ConversationDesk
from callingcard.errors import Invalid
from callingcard.kit.codec import rfc3339
from callingcard.kit.ids import random_id

BASES: Final = ("/conversations/v3/conversations", "/conversations/conversations/2026-09")
_ASSIGNEES: Final = (*BASES, "/conversations/conversations/v3")
"""HubSpot's older document lists the assignee under a path of its own."""

READ: Final = ("conversations.read",)
WRITE: Final = ("conversations.write",)
MAX_PAGE: Final = 500
DEFAULT_PAGE: Final = 100
_MESSAGE_SORTS: Final = ("createdAt", "-createdAt")
_THREAD_SORTS: Final = {
    "id": Sort("created_at"),
    "-id": Sort("created_at", descending=True),
    "latestMessageTimestamp": Sort("said_at"),
    "-latestMessageTimestamp": Sort("said_at", descending=True),
}
_STATUSES: Final[dict[str, Literal["open", "closed"]]] = {"OPEN": "open", "CLOSED": "closed"}


class CommentInput(Body):
    """Something that agents say among themselves."""

    type: Literal["COMMENT"]
    text: StrictStr
    attachments: Annotated[list[Any], Field(max_length=0, default_factory=list[Any])]
    rich_text: StrictStr | None = None


class AssigneeInput(Body):
    """Whose thread it is to be."""

    actor_id: StrictStr


def thread_paths(
    conversations: ConversationDesk,
    actors: Actors,
    channels: ChannelEndpoints,
    assigning: Assigning | None = None,
) -> Paths:
    """Return the operations on conversations, under each of their base paths.

    Without *assigning* there is nothing to say whose a thread is.
    """
    threads = ThreadEndpoints(conversations, actors)
    table = {
        "/inboxes": {"GET": Operation(channels.inboxes, READ)},
        "/inboxes/{inbox}": {"GET": Operation(channels.inbox, READ)},
        "/channels": {"GET": Operation(channels.channels, READ)},
        "/channels/{channel}": {"GET": Operation(channels.channel, READ)},
        "/channel-accounts": {"GET": Operation(channels.accounts, READ)},
        "/channel-accounts/{account}": {"GET": Operation(channels.account, READ)},
        "/threads": {"GET": Operation(threads.list, READ)},
        "/threads/{thread}": {
            "GET": Operation(threads.get, READ),
            "PATCH": Operation(threads.update, WRITE),
            "DELETE": Operation(threads.archive, WRITE),
        },
        "/threads/{thread}/messages": {
            "GET": Operation(threads.messages, READ),
            "POST": Operation(threads.post, WRITE),
        },
        "/threads/{thread}/messages/{message}": {"GET": Operation(threads.message, READ)},
        "/threads/{thread}/messages/{message}/original-content": {
            "GET": Operation(threads.content, READ)
        },
        "/actors/batch/read": {"POST": Operation(actors.read, READ)},
        "/actors/{actor}": {"GET": Operation(actors.get, READ)},
    }
    paths = {f"{base}{path}": methods for base in BASES for path, methods in table.items()}
    if assigning is None:
        return paths
    assignees = AssigneeEndpoints(threads, assigning)
    methods = {
        "PUT": Operation(assignees.assign, WRITE),
        "DELETE": Operation(assignees.unassign, WRITE),
    }
    return paths | {f"{base}/threads/{{thread}}/assignee": methods for base in _ASSIGNEES}


@dataclass(frozen=True, slots=True)
class ThreadEndpoints:
    """What HubSpot's clients do with threads."""

    conversations: ConversationDesk
    actors: Actors

    async def list(self, call: Call) -> Response:
        """Return a page of threads."""
        call.one_of("association", ("TICKET",))
        if call.text("associatedTicketId") is not None:
            return reply({"results": []})  # there are no tickets here
        page = await self.conversations.list_conversations(_query(call))
        body: dict[str, Any] = {"results": [thread_object(found) for found in page.items]}
        if page.next_offset is not None:
            body["paging"] = call.next_page(str(page.next_offset))
        return reply(body)

    async def get(self, call: Call) -> Response:
        """Return one thread; an archived one only to who asks for archived ones."""
        return reply(thread_object(await self.found(call, archived=call.yes("archived"))))

    async def update(self, call: Call) -> Response:
        """Close or reopen a thread, or take it out of the archive."""
        wanted = await call.body(ThreadChange)
        if wanted.archived:
            raise bad_request("Invalid archived: a thread can only be restored by it")
        found = await self.found(call, archived=call.yes("archived"))
        if wanted.archived is False:
            found = await self.conversations.shelves.set_archived(found.id, archived=False)
        if wanted.status is not None:
            found = await self.conversations.set_status(
                found.id, _STATUSES[wanted.status], actor=program(call)
            )
        return reply(thread_object(found))

    async def archive(self, call: Call) -> Response:
        """Put a thread away; it can be restored."""
        found = await self.found(call)
        await self.conversations.shelves.set_archived(found.id, archived=True)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def messages(self, call: Call) -> Response:
        """Return a page of a thread's messages and notes, oldest first unless asked."""
        try:
            page = await self.conversations.history.page(
                _thread(call),
                after=call.text("after"),
                limit=call.whole("limit", default=DEFAULT_PAGE, most=MAX_PAGE),
                newest_first=call.one_of("sort", _MESSAGE_SORTS) == "-createdAt",
            )
        except Invalid as error:
            raise bad_request("Invalid after: it must be the one that a page gave") from error
        if call.yes("archived"):
            return reply({"results": []})  # messages are not archived one by one
        body: dict[str, Any] = {
            "results": [line_object(page.conversation, line) for line in page.lines]
        }
        if page.next is not None:
            body["paging"] = call.next_page(page.next)
        return reply(body)

    async def message(self, call: Call) -> Response:
        """Return one message of a thread."""
        return reply(line_object(*await self._line(call)))

    async def content(self, call: Call) -> Response:
        """Return the whole text of one message."""
        _, line = await self._line(call)
        has_text = (
            line.kind is NoteKind.COMMENT
            if isinstance(line, Note)
            else (line.type == "message")
        )
        if not has_text:
            raise not_found()
        return reply(content_object(line))

    async def post(self, call: Call) -> Response:
        """Send a message in an agent's name, or keep a comment among agents.

        A client that gives an ``Idempotency-Key`` may send again after a doubt, and
        the message is still there once.
        """
        given = await call.object()
        key = call.request.headers.get("idempotency-key")
        if given.get("type") == "COMMENT":
            return await self._comment(call, shaped(CommentInput, given), key)
        wanted = shaped(MessageInput, given)
        conversation = await self.found(call)
        if (wanted.channel_id, wanted.channel_account_id) != (CHANNEL, conversation.inbox_id):
            raise bad_request("channelId and channelAccountId must be those of the thread")
        agent = await self.actors.agent(wanted.sender_actor_id)
        if agent is None:
            raise bad_request("senderActorId is not an agent of this account")
        posted = await self.conversations.post_as_agent(
            conversation.id,
            actor_id=agent.id,
            name=agent.name,
            text=wanted.text,
            client_message_id=key or random_id("h_"),
            options=[
                (one.label, one.value)
                for replies in wanted.attachments
                for one in replies.quick_replies
            ],
        )
        return reply(line_object(conversation, posted.entry), HTTPStatus.CREATED)

    async def found(self, call: Call, *, archived: bool = False) -> Conversation:
        """Return the call's thread, which is archived or is not."""
        conversation = await self.conversations.get(_thread(call))
        if (conversation.archived_at is not None) != archived:
            raise not_found()
        return conversation

    async def _comment(self, call: Call, wanted: CommentInput, key: str | None) -> Response:
        conversation = await self.found(call)
        note = await self.conversations.notes.comment(
            conversation.id, author=program(call), text=wanted.text, client_note_id=key
        )
        return reply(line_object(conversation, note), HTTPStatus.CREATED)

    async def _line(self, call: Call) -> tuple[Conversation, Entry | Note]:
        conversation = await self.conversations.get(_thread(call))
        line = await self.conversations.history.line(conversation.id, call.path("message"))
        if line is None:
            raise not_found()
        return conversation, line


@dataclass(frozen=True, slots=True)
class AssigneeEndpoints:
    """Whose thread it is."""

    threads: ThreadEndpoints
    assigning: Assigning

    async def assign(self, call: Call) -> Response:
        """Give a thread to an agent."""
        wanted = await call.body(AssigneeInput)
        found = await self.threads.found(call)
        agent = await self.threads.actors.agent(wanted.actor_id)
        if agent is None:
            raise bad_request("actorId is not an agent of this account")
        changed = await self.assigning.assign(found.id, agent.id, by=program(call))
        return reply(thread_object(changed))

    async def unassign(self, call: Call) -> Response:
        """Take a thread from its agent."""
        found = await self.threads.found(call)
        await self.assigning.unassign(found.id, by=program(call))
        return Response(status_code=HTTPStatus.NO_CONTENT)


def program(call: Call) -> Author:
    """Return the program that calls, as who does something."""
    return Author(AuthorKind.SYSTEM, call.actor.id, call.actor.name)


def _thread(call: Call) -> ConversationId:
    return ConversationId(call.path("thread"))


def _offset(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(2**31))):
        raise bad_request("Invalid after: it must be the one that a page gave")
    return int(text)


def _query(call: Call) -> Query:
    """Return what the query of a list of threads asks for."""
    filters: list[Filter] = []
    inboxes = call.texts("inboxId")
    if inboxes:
        filters.append(Filter("inbox_id", Operator.IN, tuple(inboxes)))
    contact = call.text("associatedContactId")
    status = call.one_of("threadStatus", tuple(_STATUSES))
    if status is not None:
        filters.append(Filter("status", Operator.EQ, (_STATUSES[status],)))
    since = call.text("latestMessageTimestampAfter")
    if since is not None:
        filters.append(Filter("said_at", Operator.GT, (rfc3339(parse_moment(since)),)))
    sort = call.one_of("sort", tuple(_THREAD_SORTS)) or "id"
    after = call.text("after")
    return Query(
        groups=_groups(tuple(filters), contact),
        sorts=(_THREAD_SORTS[sort],),
        limit=call.whole("limit", default=DEFAULT_PAGE, most=MAX_PAGE),
        offset=0 if after is None else _offset(after),
        archived=call.yes("archived"),
    )


def _groups(
    filters: tuple[Filter, ...], contact: str | None
) -> tuple[tuple[Filter, ...], ...]:
    """Add whose threads are asked for: a contact's, or a visitor's who is none yet."""
    if contact is None:
        return (filters,) if filters else ()
    known = Filter("contact_id", Operator.EQ, (contact,))
    unknown = (
        Filter("visitor_id", Operator.EQ, (contact,)),
        Filter("contact_id", Operator.NOT_HAS_PROPERTY),
    )
    return ((*filters, known), (*filters, *unknown))
