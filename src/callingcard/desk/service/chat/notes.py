"""What agents say about a conversation among themselves, and who was given it.

Invariant: nothing here is read by what visitors ask, takes a ``seq`` of a conversation, or
wakes a visitor's stream.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from callingcard.desk.errors import ConversationNotFound
from callingcard.desk.model.conversations import (
    Author,
    Conversation,
    Note,
    NoteKind,
)
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.ports.units import News, Unit, Units
from callingcard.desk.service.events import tell_assigned, tell_noted
from callingcard.errors import Invalid
from callingcard.kit.clock import Clock
from callingcard.kit.ids import random_id

MAX_NOTE: Final = 10_000
_MAX_CLIENT_ID: Final = 64


class NoteDesk:
    """Keeps and shows comments."""

    def __init__(self, units: Units, *, clock: Clock, news: News) -> None:
        """Tell *news* of the agents' feed after each commit."""
        self._units = units
        self._clock = clock
        self._news = news

    async def comment(
        self,
        conversation_id: ConversationId,
        *,
        author: Author,
        text: str,
        client_note_id: str | None = None,
    ) -> Note:
        """Keep a comment; the same *client_note_id* again returns the one of before.

        Raises Invalid and ConversationNotFound.
        """
        kept = _checked(text, client_note_id)
        async with self._units.writing() as unit:
            conversation = await unit.conversations.get(conversation_id, lock=True)
            if conversation is None:
                raise ConversationNotFound("there is no conversation with this id")
            if client_note_id is not None:
                earlier = await unit.notes.noted(conversation_id, author.id, client_note_id)
                if earlier is not None:
                    return earlier
            note = Note(
                conversation_id=conversation_id,
                id=random_id("n_"),
                kind=NoteKind.COMMENT,
                author=author,
                text=kept,
                created_at=self._clock.now(),
                after_seq=conversation.head,
                client_note_id=client_note_id,
            )
            note = await _write(unit, note)
            await tell_noted(unit, conversation, note)
        self._news.notify("feed")
        return note

    async def of(
        self, conversation_id: ConversationId, *, after: str | None = None, limit: int = 200
    ) -> Sequence[Note]:
        """Return a conversation's notes, the oldest first, behind the note *after*.

        Raises ConversationNotFound.
        """
        async with self._units.reading() as unit:
            if await unit.conversations.get(conversation_id) is None:
                raise ConversationNotFound("there is no conversation with this id")
            last = None if after is None else await unit.notes.get(conversation_id, after)
            place = 0 if last is None else last.after_seq
            return await unit.notes.of(conversation_id, seq=place, behind=last, limit=limit)

    async def get(self, conversation_id: ConversationId, note_id: str) -> Note | None:
        """Return one note, or None."""
        async with self._units.reading() as unit:
            return await unit.notes.get(conversation_id, note_id)


async def note_assignment(
    unit: Unit, before: Conversation, after: Conversation, *, by: Author, at: datetime
) -> None:
    """Note that a conversation was given to another agent, or taken from one.

    Nothing is noted when it is the same agent's as before. The caller tells the feed's
    listeners once the transaction is kept.
    """
    if before.assigned_to == after.assigned_to:
        return
    note = Note(
        conversation_id=after.id,
        id=random_id("n_"),
        kind=NoteKind.ASSIGNMENT,
        author=by,
        text="",
        created_at=at,
        after_seq=after.head,
        assigned_from=before.assigned_to,
        assigned_to=after.assigned_to,
    )
    await _write(unit, note)
    await tell_assigned(unit, after, at)


async def _write(unit: Unit, note: Note) -> Note:
    """Keep *note* at its place, and return it as it is kept."""
    place = await unit.log.tell(note.conversation_id, note.created_at, note_id=note.id)
    kept = replace(note, place=place)
    await unit.notes.add(kept)
    return kept


def _checked(text: str, client_note_id: str | None) -> str:
    """Return the text as it is kept; raises Invalid."""
    kept = text.strip().replace("\0", "\N{REPLACEMENT CHARACTER}")
    fields: dict[str, str] = {}
    if not kept:
        fields["text"] = "there is nothing in it"
    elif len(kept) > MAX_NOTE:
        fields["text"] = f"longer than {MAX_NOTE} characters"
    elif any("\ud800" <= character <= "\udfff" for character in kept):
        fields["text"] = "not text"
    if client_note_id is not None and not (
        0 < len(client_note_id) <= _MAX_CLIENT_ID
        and client_note_id.isascii()
        and client_note_id.isprintable()
    ):
        fields["clientNoteId"] = f"1 to {_MAX_CLIENT_ID} plain characters"
    if fields:
        raise Invalid("this comment cannot be kept", fields=fields)
    return kept
