"""HubSpot's conversations: threads and their messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Literal

from starlette.responses import Response

from callingcard.desk.api.hubspot.calls import Call, Operation, Paths
from callingcard.desk.api.hubspot.directory import Actors, ChannelEndpoints
from callingcard.desk.api.hubspot.envelope import bad_request, not_found, reply
from callingcard.desk.api.hubspot.objects import CHANNEL, message_object, thread_object
from callingcard.desk.api.hubspot.schemas import MessageInput, ThreadChange
from callingcard.desk.model.conversations import Author, AuthorKind, Conversation, Entry
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.search import Filter, Operator, Query, Sort, parse_moment
from callingcard.desk.service.chat.conversations import ConversationDesk
from callingcard.kit.codec import rfc3339
from callingcard.kit.ids import random_id

BASES: Final = ("/conversations/v3/conversations", "/conversations/conversations/2026-09")
READ: Final = ("conversations.read",)
WRITE: Final = ("conversations.write",)
MAX_PAGE: Final = 500
DEFAULT_PAGE: Final = 100
_MESSAGE_SORTS: Final = ("createdAt", "-createdAt")
_THREAD_SORTS: Final = {
    "id": Sort("created_at"),
    "-id": Sort("created_at", descending=True),
    "latestMessageTimestamp": Sort("updated_at"),
    "-latestMessageTimestamp": Sort("updated_at", descending=True),
}
_STATUSES: Final[dict[str, Literal["open", "closed"]]] = {"OPEN": "open", "CLOSED": "closed"}
_FILTERS: Final = {"inboxId": "inbox_id", "associatedContactId": "contact_id"}


def thread_paths(
    conversations: ConversationDesk, actors: Actors, channels: ChannelEndpoints
) -> Paths:
    """Return the operations on conversations, under each of their base paths."""
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
        },
        "/threads/{thread}/messages": {
            "GET": Operation(threads.messages, READ),
            "POST": Operation(threads.post, WRITE),
        },
        "/threads/{thread}/messages/{message}": {"GET": Operation(threads.message, READ)},
        "/actors/batch/read": {"POST": Operation(actors.read, READ)},
        "/actors/{actor}": {"GET": Operation(actors.get, READ)},
    }
    return {f"{base}{path}": methods for base in BASES for path, methods in table.items()}


@dataclass(frozen=True, slots=True)
class ThreadEndpoints:
    """What HubSpot's clients do with threads."""

    conversations: ConversationDesk
    actors: Actors

    async def list(self, call: Call) -> Response:
        """Return a page of threads."""
        if call.yes("archived"):
            return reply({"results": []})  # threads are not archived here
        page = await self.conversations.list_conversations(_query(call))
        body: dict[str, Any] = {"results": [thread_object(found) for found in page.items]}
        if page.next_offset is not None:
            body["paging"] = call.next_page(str(page.next_offset))
        return reply(body)

    async def get(self, call: Call) -> Response:
        """Return one thread."""
        return reply(thread_object(await self.conversations.get(_thread(call))))

    async def update(self, call: Call) -> Response:
        """Close or reopen a thread."""
        wanted = await call.body(ThreadChange)
        if wanted.archived:
            raise bad_request("Invalid archived: a thread can only be restored by it")
        if wanted.status is None:
            return reply(thread_object(await self.conversations.get(_thread(call))))
        changed = await self.conversations.set_status(
            _thread(call),
            _STATUSES[wanted.status],
            actor=Author(AuthorKind.SYSTEM, call.actor.id, call.actor.name),
        )
        return reply(thread_object(changed))

    async def messages(self, call: Call) -> Response:
        """Return a page of a thread's messages, oldest first unless asked otherwise."""
        conversation = await self.conversations.get(_thread(call))
        limit = call.whole("limit", default=DEFAULT_PAGE, most=MAX_PAGE)
        backwards = call.one_of("sort", _MESSAGE_SORTS) == "-createdAt"
        after = call.text("after")
        cursor = None if after is None else _seq(after)
        entries = await (
            self._before(conversation, cursor, limit)
            if backwards
            else self._after(conversation, cursor or 0, limit)
        )
        body: dict[str, Any] = {
            "results": [message_object(conversation, entry) for entry in entries]
        }
        last = 1 if backwards else conversation.head
        if entries and entries[-1].seq != last:
            body["paging"] = call.next_page(str(entries[-1].seq))
        return reply(body)

    async def message(self, call: Call) -> Response:
        """Return one message of a thread."""
        conversation = await self.conversations.get(_thread(call))
        seen = 0
        while page := await self._after(conversation, seen, MAX_PAGE):
            for entry in page:
                if entry.id == call.path("message"):
                    return reply(message_object(conversation, entry))
            seen = page[-1].seq
        raise not_found()

    async def post(self, call: Call) -> Response:
        """Send a message in an agent's name.

        A client that gives an ``Idempotency-Key`` may send again after a doubt, and
        the message is still there once.
        """
        wanted = await call.body(MessageInput)
        conversation = await self.conversations.get(_thread(call))
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
            client_message_id=call.request.headers.get("idempotency-key") or random_id("h_"),
        )
        return reply(message_object(conversation, posted.entry), HTTPStatus.CREATED)

    async def _after(
        self, conversation: Conversation, seq: int, limit: int
    ) -> Sequence[Entry]:
        return await self.conversations.entries(conversation.id, after=seq, limit=limit)

    async def _before(
        self, conversation: Conversation, seq: int | None, limit: int
    ) -> Sequence[Entry]:
        """Return entries before *seq*, newest first; the log has no gap, so we can count."""
        end = conversation.head + 1 if seq is None else min(seq, conversation.head + 1)
        start = max(0, end - 1 - limit)
        if end - 1 <= start:
            return []
        found = await self._after(conversation, start, end - 1 - start)
        return list(reversed(found))


def _thread(call: Call) -> ConversationId:
    return ConversationId(call.path("thread"))


def _seq(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(2**31))):
        raise bad_request("Invalid after: it must be the one that a page gave")
    return int(text)


def _query(call: Call) -> Query:
    """Return what the query of a list of threads asks for."""
    filters = [
        Filter(name, Operator.IN, tuple(values))
        for parameter, name in _FILTERS.items()
        if (values := call.texts(parameter))
    ]
    status = call.one_of("threadStatus", tuple(_STATUSES))
    if status is not None:
        filters.append(Filter("status", Operator.EQ, (_STATUSES[status],)))
    since = call.text("latestMessageTimestampAfter")
    if since is not None:
        filters.append(Filter("updated_at", Operator.GT, (rfc3339(parse_moment(since)),)))
    sort = call.one_of("sort", tuple(_THREAD_SORTS)) or "id"
    after = call.text("after")
    return Query(
        groups=(tuple(filters),) if filters else (),
        sorts=(_THREAD_SORTS[sort],),
        limit=call.whole("limit", default=DEFAULT_PAGE, most=MAX_PAGE),
        offset=0 if after is None else _seq(after),
    )
