"""A conversation as agents read it: what was said, with the notes where they were made.

Entries count 1, 2, 3 …; a note has its place behind the entry that was the newest when it
was made. So the two logs read as one, and a page of it ends at a place that can be named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from callingcard.desk.errors import ConversationNotFound
from callingcard.desk.model.conversations import Conversation, Entry, Note
from callingcard.desk.model.ids import ConversationId
from callingcard.desk.ports.units import Unit, Units
from callingcard.errors import Invalid

Line: TypeAlias = Entry | Note

_MAX_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some lines of a conversation, and where the next page starts."""

    conversation: Conversation
    lines: Sequence[Line]
    next: str | None


class History:
    """Reads conversations, for agents and for programs of theirs."""

    def __init__(self, units: Units) -> None:
        self._units = units

    async def page(
        self,
        conversation_id: ConversationId,
        *,
        after: str | None,
        limit: int,
        newest_first: bool = False,
    ) -> HistoryPage:
        """Return the page behind *after*, which is the ``next`` of the one before.

        Raises ConversationNotFound, and Invalid for an *after* that is no place.
        """
        async with self._units.reading() as unit:
            conversation = await unit.conversations.get(conversation_id)
            if conversation is None:
                raise ConversationNotFound("there is no conversation with this id")
            start = conversation.head + 1 if newest_first else 0
            seq, behind = (
                (start, None) if after is None else await _cut(unit, conversation, after)
            )
            read = _backward if newest_first else _forward
            entries = await read(unit, conversation, seq, limit + 1, noted=behind is not None)
            notes = await unit.notes.of(
                conversation_id,
                seq=seq,
                behind=behind,
                limit=limit + 1,
                newest_first=newest_first,
            )
        both: list[Line] = [*entries, *notes]
        lines = sorted(both, key=_place, reverse=newest_first)
        more = len(lines) > limit
        shown = lines[:limit]
        return HistoryPage(conversation, shown, _name(shown[-1]) if more else None)

    async def bot(self, name: str) -> bool:
        """Say whether there is a chatflow of this name, which may be an author here."""
        async with self._units.reading() as unit:
            return await unit.flows.get(name) is not None

    async def line(self, conversation_id: ConversationId, line_id: str) -> Line | None:
        """Return one line by its id, or None."""
        async with self._units.reading() as unit:
            note = await unit.notes.get(conversation_id, line_id)
            return note or await unit.log.one(conversation_id, line_id)


async def _cut(unit: Unit, conversation: Conversation, after: str) -> tuple[int, Note | None]:
    """Return the place that *after* names: an entry, or a note behind one."""
    digits, dot, note_id = after.partition(".")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_DIGITS):
        raise _no_place()
    note = await unit.notes.get(conversation.id, note_id) if dot else None
    if dot and note is None:
        raise _no_place()
    return (int(digits) if note is None else note.after_seq), note


async def _forward(
    unit: Unit, conversation: Conversation, seq: int, limit: int, *, noted: bool
) -> Sequence[Entry]:
    """Return entries behind *seq*, oldest first."""
    del noted
    return await unit.log.entries(conversation.id, after=seq, limit=limit)


async def _backward(
    unit: Unit, conversation: Conversation, seq: int, limit: int, *, noted: bool
) -> Sequence[Entry]:
    """Return entries before *seq*; with *noted*, that one too, as its notes are behind it.

    The log has no gap, so we can count.
    """
    end = min(seq + 1 if noted else seq, conversation.head + 1)
    start = max(0, end - 1 - limit)
    if end - 1 <= start:
        return []
    return await unit.log.entries(conversation.id, after=start, limit=end - 1 - start)


def _place(line: Line) -> tuple[int, int]:
    """Return what lines are sorted by: an entry stands before the notes behind it."""
    return (line.seq, 0) if isinstance(line, Entry) else (line.after_seq, line.place)


def _name(line: Line) -> str:
    return str(line.seq) if isinstance(line, Entry) else f"{line.after_seq}.{line.id}"


def _no_place() -> Invalid:
    return Invalid("not a place in this list", fields={"after": "use the one of a page"})
