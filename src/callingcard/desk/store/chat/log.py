"""The logs in the database: one per conversation, and the agents' feed over all.

A counter row gives out each ``seq`` inside the transaction that writes it. On
PostgreSQL the lock on that row is held until the commit, so that what becomes
visible first also has the smaller number and a reader can never skip a line; a
sequence would not give that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Integer,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.conversations import (
    Author,
    AuthorKind,
    Conversation,
    Entry,
    FeedEvent,
)
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.search import tokens
from callingcard.desk.store.chat.conversations import values_of
from callingcard.desk.store.chat.notes import by_id as notes_by_id
from callingcard.desk.store.chat.tables import conversations, counters, entries, feed

_NEXT_SEQ: Final = (
    update(conversations)
    .where(conversations.c.id == bindparam("key"))
    .values(head=conversations.c.head + 1)
    .returning(conversations.c.head)
)
_NEXT_FEED_SEQ: Final = text(
    "insert into desk_counters (name, value) values ('feed', 1)"
    " on conflict (name) do update set value = desk_counters.value + 1"
    " returning value"
).columns(value=Integer)
_ADD_ENTRY: Final = insert(entries)
_ADD_FEED: Final = insert(feed)
_POSTED: Final = select(entries).where(
    entries.c.conversation_id == bindparam("conversation_id"),
    entries.c.author_id == bindparam("author_id"),
    entries.c.client_message_id == bindparam("client_message_id"),
)
_ONE: Final = select(entries).where(
    entries.c.conversation_id == bindparam("conversation_id"),
    entries.c.id == bindparam("entry"),
)
_AFTER: Final = (
    select(entries)
    .where(
        entries.c.conversation_id == bindparam("conversation_id"),
        entries.c.seq > bindparam("after"),
    )
    .order_by(entries.c.seq)
    .limit(bindparam("most", type_=Integer))
)
_LATEST: Final = (
    select(entries)
    .join(
        conversations,
        and_(
            conversations.c.id == entries.c.conversation_id,
            conversations.c.head == entries.c.seq,
        ),
    )
    .where(entries.c.conversation_id.in_(bindparam("ids", expanding=True)))
)
_NEWEST_SAID: Final = (
    select(entries.c.conversation_id, func.max(entries.c.seq).label("seq"))
    .where(
        entries.c.conversation_id.in_(bindparam("ids", expanding=True)),
        entries.c.type == "message",
    )
    .group_by(entries.c.conversation_id)
    .subquery()
)
_SAID_LAST: Final = select(entries).join(
    _NEWEST_SAID,
    and_(
        entries.c.conversation_id == _NEWEST_SAID.c.conversation_id,
        entries.c.seq == _NEWEST_SAID.c.seq,
    ),
)
_FEED: Final = (
    select(
        feed.c.seq.label("feed_seq"),
        feed.c.conversation_id.label("feed_conversation_id"),
        feed.c.note_id.label("feed_note_id"),
        entries,
    )
    .join(
        entries,
        and_(
            entries.c.conversation_id == feed.c.conversation_id,
            entries.c.seq == feed.c.entry_seq,
        ),
        isouter=True,
    )
    .where(feed.c.seq > bindparam("after"))
    .order_by(feed.c.seq)
    .limit(bindparam("most", type_=Integer))
)
_HEAD: Final = select(counters.c.value).where(counters.c.name == "feed")
_OLDEST: Final = select(func.min(feed.c.seq))
_TRIM: Final = delete(feed).where(feed.c.seq <= bindparam("last"))


class SqlLog:
    """Keeps ``ports.Log`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(self, entry: Entry, *, keeping: Conversation | None = None) -> Entry:
        """Write *entry* with the next ``seq`` of its conversation, and into the feed.

        *keeping* is the conversation as *entry* changes it: kept by the same statement.
        """
        kept = {} if keeping is None else values_of(keeping)
        counted = await self._connection.execute(
            _NEXT_SEQ, {"key": entry.conversation_id, **kept}
        )
        written = replace(entry, seq=counted.scalar_one())
        await self._connection.execute(_ADD_ENTRY, _values(written))
        await self._feed(written.conversation_id, written.seq, written.created_at)
        return written

    async def posted(
        self, conversation_id: ConversationId, author: str, client_message_id: str
    ) -> Entry | None:
        """Return the entry that *author* already posted under *client_message_id*."""
        asked = {
            "conversation_id": conversation_id,
            "author_id": author,
            "client_message_id": client_message_id,
        }
        row = (await self._connection.execute(_POSTED, asked)).mappings().one_or_none()
        return None if row is None else entry_of(row)

    async def entries(
        self, conversation_id: ConversationId, *, after: int, limit: int
    ) -> Sequence[Entry]:
        """Return entries with a ``seq`` greater than *after*, oldest first."""
        asked = {"conversation_id": conversation_id, "after": after, "most": limit}
        rows = await self._connection.execute(_AFTER, asked)
        return [entry_of(row) for row in rows.mappings()]

    async def one(self, conversation_id: ConversationId, entry_id: str) -> Entry | None:
        """Return one entry of a conversation."""
        asked = {"conversation_id": conversation_id, "entry": entry_id}
        row = (await self._connection.execute(_ONE, asked)).mappings().one_or_none()
        return None if row is None else entry_of(row)

    async def latest(
        self, conversation_ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, Entry]:
        """Return the newest entry of each conversation that has one."""
        rows = await self._connection.execute(_LATEST, {"ids": list(conversation_ids)})
        return {row["conversation_id"]: entry_of(row) for row in rows.mappings()}

    async def said_last(
        self, conversation_ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, Entry]:
        """Return the newest message of each conversation that has one."""
        rows = await self._connection.execute(_SAID_LAST, {"ids": list(conversation_ids)})
        return {row["conversation_id"]: entry_of(row) for row in rows.mappings()}

    async def tell(
        self, conversation_id: ConversationId, at: datetime, *, note_id: str | None = None
    ) -> int:
        """Write into the feed that the conversation changed, or got a note."""
        return await self._feed(conversation_id, None, at, note_id)

    async def feed(self, *, after: int, limit: int) -> Sequence[FeedEvent]:
        """Return the agents' events with a ``seq`` greater than *after*, oldest first."""
        found = await self._connection.execute(_FEED, {"after": after, "most": limit})
        rows = found.mappings().all()
        notes = await notes_by_id(
            self._connection, [row["feed_note_id"] for row in rows if row["feed_note_id"]]
        )
        return [
            FeedEvent(
                seq=row["feed_seq"],
                conversation_id=row["feed_conversation_id"],
                entry=None if row["seq"] is None else entry_of(row),
                note=notes.get(row["feed_note_id"]),
            )
            for row in rows
        ]

    async def feed_span(self) -> tuple[int, int]:
        """Return the ``seq`` of the feed's oldest kept event and its head; (0, 0) if empty."""
        head = await self._connection.scalar(_HEAD)
        oldest = await self._connection.scalar(_OLDEST)
        return (oldest or 0, head or 0)

    async def trim_feed(self, keep: int) -> int:
        """Delete the feed's oldest events but the newest *keep*; return how many went."""
        head = await self._connection.scalar(_HEAD)
        gone = await self._connection.execute(_TRIM, {"last": (head or 0) - keep})
        return gone.rowcount

    async def _feed(
        self,
        conversation_id: ConversationId,
        entry_seq: int | None,
        at: datetime,
        note_id: str | None = None,
    ) -> int:
        counted = await self._connection.execute(_NEXT_FEED_SEQ)
        seq: int = counted.scalar_one()
        await self._connection.execute(
            _ADD_FEED,
            {
                "seq": seq,
                "conversation_id": conversation_id,
                "entry_seq": entry_seq,
                "note_id": note_id,
                "created_at": at,
            },
        )
        return seq


def _values(entry: Entry) -> dict[str, Any]:
    """Return what an entry's row holds."""
    return {
        "conversation_id": entry.conversation_id,
        "seq": entry.seq,
        "id": entry.id,
        "type": entry.type,
        "author_kind": entry.author.kind.value,
        "author_id": entry.author.id,
        "author_name": entry.author.name,
        "client_message_id": entry.client_message_id,
        "text": entry.text,
        "words": tokens(entry.text) if entry.type == "message" else "",
        "status": entry.status,
        "data": None if entry.data is None else dict(entry.data),
        "created_at": entry.created_at,
    }


def entry_of(row: Mapping[Any, Any]) -> Entry:
    """Return the entry that a row holds."""
    return Entry(
        conversation_id=row["conversation_id"],
        seq=row["seq"],
        id=row["id"],
        type=row["type"],
        author=Author(AuthorKind(row["author_kind"]), row["author_id"], row["author_name"]),
        text=row["text"],
        created_at=row["created_at"],
        client_message_id=row["client_message_id"],
        status=row["status"],
        data=row["data"],
    )
