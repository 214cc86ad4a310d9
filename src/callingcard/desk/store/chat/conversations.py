"""Conversations in the database, and the lists that agents ask for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from callingcard.desk.model.conversations import Conversation, Priority
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.ids import ContactId, ConversationId, InboxId
from callingcard.desk.search import Filter, Operator, Page, Query
from callingcard.desk.store.chat.tables import conversations, entries
from callingcard.desk.store.crm.tables import contacts
from callingcard.errors import Invalid
from callingcard.kit.codec import parse_rfc3339, rfc3339

_EPOCH: Final = parse_rfc3339("1970-01-01T00:00:00Z")
_BY_ID: Final = select(conversations).where(conversations.c.id == bindparam("id"))
_BY_ID_LOCKED: Final = _BY_ID.with_for_update()
_LATEST: Final = (
    select(conversations)
    .where(
        conversations.c.contact_id == bindparam("contact_id"),
        conversations.c.inbox_id == bindparam("inbox_id"),
        conversations.c.archived_at.is_(None),
        conversations.c.merged_into.is_(None),
    )
    .order_by(conversations.c.updated_at.desc(), conversations.c.id.desc())
    .limit(1)
)
_CONTACT_LOCKED: Final = (
    select(contacts.c.id).where(contacts.c.id == bindparam("contact_id")).with_for_update()
)
_SAVE: Final = update(conversations).where(conversations.c.id == bindparam("key"))
_ADOPT: Final = (
    update(conversations)
    .where(
        conversations.c.visitor_id == bindparam("visitor"),
        conversations.c.contact_id.is_(None),
    )
    .values(contact_id=bindparam("contact"))
)
_UNREAD: Final = (
    select(entries.c.conversation_id, func.count().label("unread"))
    .join(conversations, conversations.c.id == entries.c.conversation_id)
    .where(
        entries.c.conversation_id.in_(bindparam("ids", expanding=True)),
        entries.c.seq > conversations.c.agent_read_seq,
        entries.c.author_kind == "visitor",
    )
    .group_by(entries.c.conversation_id)
)


class SqlConversations:
    """Keeps ``ports.Conversations`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, conversation: Conversation) -> None:
        """Keep a new conversation."""
        await self._connection.execute(
            insert(conversations), {"head": conversation.head, **values_of(conversation)}
        )

    async def save(self, conversation: Conversation) -> None:
        """Keep the changed conversation; its ``head`` is the log's and is not written."""
        await self._connection.execute(
            _SAVE, {"key": conversation.id, **values_of(conversation)}
        )

    async def get(
        self, conversation_id: ConversationId, *, lock: bool = False
    ) -> Conversation | None:
        """Return the conversation; with *lock*, nobody else changes it until we are done."""
        return await self._one(_BY_ID_LOCKED if lock else _BY_ID, {"id": conversation_id})

    async def latest_of(
        self, contact_id: ContactId, inbox_id: InboxId, *, lock: bool = False
    ) -> Conversation | None:
        """Return the contact's conversation with the newest activity in the inbox."""
        if lock:
            # There may be no conversation yet to lock, so the contact stands for it.
            await self._connection.execute(_CONTACT_LOCKED, {"contact_id": contact_id})
        return await self._one(_LATEST, {"contact_id": contact_id, "inbox_id": inbox_id})

    async def search(self, query: Query) -> Page[Conversation]:
        """Return the page of conversations that *query* asks for."""
        archived_at = conversations.c.archived_at
        is_asked = archived_at.is_not(None) if query.archived else archived_at.is_(None)
        asked = select(conversations).where(is_asked)
        if query.groups:
            asked = asked.where(
                or_(*(and_(*map(_condition, group)) for group in query.groups))
            )
        total = await self._connection.scalar(
            select(func.count()).select_from(asked.subquery())
        )
        rows = await self._connection.execute(_ordered(asked, query))
        found = [conversation_of(row) for row in rows.mappings()]
        more = len(found) > query.limit
        return Page(
            items=found[: query.limit],
            total=total or 0,
            next_offset=query.offset + query.limit if more else None,
        )

    async def adopt(self, visitor_id: str, contact_id: ContactId) -> None:
        """Give an anonymous visitor's conversations to the contact they proved to be."""
        await self._connection.execute(_ADOPT, {"visitor": visitor_id, "contact": contact_id})

    async def unread(
        self, conversation_ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, int]:
        """Return how many of the visitor's messages no agent has read, where there are any."""
        rows = await self._connection.execute(_UNREAD, {"ids": list(conversation_ids)})
        return {row["conversation_id"]: row["unread"] for row in rows.mappings()}

    async def _one(
        self, statement: Select[Any], values: Mapping[str, str]
    ) -> Conversation | None:
        rows = await self._connection.execute(statement, values)
        row = rows.mappings().one_or_none()
        return None if row is None else conversation_of(row)


def values_of(conversation: Conversation) -> dict[str, Any]:
    """Return what a row holds, but the head."""
    return {
        "id": conversation.id,
        "inbox_id": conversation.inbox_id,
        "visitor_id": conversation.visitor_id,
        "contact_id": conversation.contact_id,
        "evidence": conversation.evidence.value,
        "signed_by": conversation.signed_by,
        "signed_until": conversation.signed_until,
        "status": conversation.status,
        "agent_read_seq": conversation.agent_read_seq,
        "visitor_read_seq": conversation.visitor_read_seq,
        "waiting_since": conversation.waiting_since,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
        "assigned_to": conversation.assigned_to,
        "team": conversation.team,
        "priority": conversation.priority.value,
        "queued_at": conversation.queued_at,
        "received_at": conversation.received_at,
        "sent_at": conversation.sent_at,
        "said_at": conversation.said_at,
        "archived_at": conversation.archived_at,
        "merged_into": conversation.merged_into,
        "merged_at": conversation.merged_at,
    }


def conversation_of(row: Mapping[Any, Any]) -> Conversation:
    """Return the conversation that a row holds."""
    fields: dict[str, Any] = dict(row)
    del fields["said_at"], fields["before_merge"]
    fields["evidence"] = Evidence(fields["evidence"])
    fields["priority"] = Priority(fields["priority"])
    return Conversation(**fields)


_TEXT_FIELDS: Final[Mapping[str, ColumnElement[Any]]] = {
    "id": conversations.c.id,
    "status": conversations.c.status,
    "inbox_id": conversations.c.inbox_id,
    "contact_id": conversations.c.contact_id,
    "visitor_id": conversations.c.visitor_id,
    "assigned_to": conversations.c.assigned_to,
    "team": conversations.c.team,
    "merged_into": conversations.c.merged_into,
}
_TIME_FIELDS: Final[Mapping[str, ColumnElement[Any]]] = {
    "updated_at": conversations.c.updated_at,
    "created_at": conversations.c.created_at,
    # What was said before this was counted has no time of its own.
    "said_at": func.coalesce(conversations.c.said_at, conversations.c.updated_at),
    "queued_at": conversations.c.queued_at,
    "waiting_since": conversations.c.waiting_since,
}
_COMPARISONS: Final[Mapping[Operator, Callable[[ColumnElement[Any], Any], Any]]] = {
    Operator.EQ: lambda column, value: column == value,
    Operator.NEQ: lambda column, value: column != value,
    Operator.LT: lambda column, value: column < value,
    Operator.LTE: lambda column, value: column <= value,
    Operator.GT: lambda column, value: column > value,
    Operator.GTE: lambda column, value: column >= value,
}


def _column(name: str) -> ColumnElement[Any]:
    column = _TEXT_FIELDS.get(name)
    if column is None:
        column = _TIME_FIELDS.get(name)
    if column is None:
        raise Invalid(
            "conversations have no such property to ask for",
            fields={name[:64]: f"one of {', '.join(sorted({*_TEXT_FIELDS, *_TIME_FIELDS}))}"},
        )
    return column


def _condition(condition: Filter) -> ColumnElement[bool]:
    """Return the SQL of one filter."""
    column = _column(condition.property)
    timed = condition.property in _TIME_FIELDS
    values = [_moment(value) if timed else value for value in condition.values]
    match condition.operator:
        case Operator.IN:
            return column.in_(values)
        case Operator.NOT_IN:
            return column.not_in(values)
        case Operator.HAS_PROPERTY:
            return column.is_not(None)
        case Operator.NOT_HAS_PROPERTY:
            return column.is_(None)
        case Operator.BETWEEN:
            return column.between(values[0], values[1])
        case operator if operator in _COMPARISONS:
            return _COMPARISONS[operator](column, values[0])
        case _:
            raise Invalid(
                "conversations are not searched by words",
                fields={condition.property: "use a comparison"},
            )


def _moment(text: str) -> datetime:
    """Read microseconds since 1970, or RFC 3339."""
    try:
        if text.isdigit():
            return _EPOCH + timedelta(microseconds=int(text))
        return parse_rfc3339(text)
    except (ValueError, OverflowError) as error:
        example = rfc3339(_EPOCH)
        raise Invalid("not a time", fields={"value": f"write it like {example}"}) from error


def _ordered(asked: Select[Any], query: Query) -> Select[Any]:
    """Put *asked* in order, newest activity first unless told; one more than the page."""
    orders = [
        _column(sort.property).desc() if sort.descending else _column(sort.property).asc()
        for sort in query.sorts
    ] or [conversations.c.updated_at.desc()]
    return (
        asked.order_by(*orders, conversations.c.id.desc())
        .limit(query.limit + 1)
        .offset(query.offset)
    )
