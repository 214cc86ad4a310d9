"""Notes in the database: in a table of their own, which no visitor's query names."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.desk.model.conversations import Author, AuthorKind, Note, NoteKind
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.search import tokens
from callingcard.desk.store.chat.tables import notes

_BY_IDS: Final = select(notes).where(notes.c.id.in_(bindparam("ids", expanding=True)))
_ONE: Final = select(notes).where(
    notes.c.conversation_id == bindparam("conversation"), notes.c.id == bindparam("wanted")
)
_NOTED: Final = select(notes).where(
    notes.c.conversation_id == bindparam("conversation"),
    notes.c.author_id == bindparam("author"),
    notes.c.client_note_id == bindparam("client_note"),
)


class SqlNotes:
    """Keeps ``ports.Notes`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, note: Note) -> None:
        """Keep a new note."""
        values = {
            "id": note.id,
            "conversation_id": note.conversation_id,
            "kind": note.kind.value,
            "author_kind": note.author.kind.value,
            "author_id": note.author.id,
            "author_name": note.author.name,
            "text": note.text,
            "words": tokens(note.text),
            "after_seq": note.after_seq,
            "place": note.place,
            "assigned_from": note.assigned_from,
            "assigned_to": note.assigned_to,
            "client_note_id": note.client_note_id,
            "created_at": note.created_at,
        }
        await self._connection.execute(insert(notes), values)

    async def noted(
        self, conversation_id: ConversationId, author_id: str, client_note_id: str
    ) -> Note | None:
        """Return the note that this author already wrote under *client_note_id*."""
        asked = {
            "conversation": conversation_id,
            "author": author_id,
            "client_note": client_note_id,
        }
        row = (await self._connection.execute(_NOTED, asked)).mappings().one_or_none()
        return None if row is None else note_of(row)

    async def of(
        self,
        conversation_id: ConversationId,
        *,
        seq: int,
        behind: Note | None = None,
        limit: int,
        newest_first: bool = False,
    ) -> Sequence[Note]:
        """Return a conversation's notes by their place, see ``ports.Notes``."""
        place, order = notes.c.after_seq, notes.c.place
        if behind is not None:
            wanted = order < behind.place if newest_first else order > behind.place
        else:
            wanted = place < seq if newest_first else place >= seq
        by = order.desc() if newest_first else order
        asked = select(notes).where(notes.c.conversation_id == conversation_id, wanted)
        rows = await self._connection.execute(asked.order_by(by).limit(limit))
        return [note_of(row) for row in rows.mappings()]

    async def get(self, conversation_id: ConversationId, note_id: str) -> Note | None:
        """Return one note of a conversation."""
        asked = {"conversation": conversation_id, "wanted": note_id}
        row = (await self._connection.execute(_ONE, asked)).mappings().one_or_none()
        return None if row is None else note_of(row)


async def by_id(connection: AsyncConnection, ids: Sequence[str]) -> Mapping[str, Note]:
    """Return the notes of these ids, for the agents' feed."""
    if not ids:
        return {}
    rows = await connection.execute(_BY_IDS, {"ids": list(ids)})
    return {row["id"]: note_of(row) for row in rows.mappings()}


def note_of(row: Mapping[Any, Any]) -> Note:
    """Return the note that a row holds."""
    fields: dict[str, Any] = dict(row)
    del fields["words"]
    author = Author(
        AuthorKind(fields.pop("author_kind")),
        fields.pop("author_id"),
        fields.pop("author_name"),
    )
    fields["kind"] = NoteKind(fields["kind"])
    return Note(**fields, author=author)
