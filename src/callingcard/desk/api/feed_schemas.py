"""What the agents' live feed tells: entries, notes, changes, and signs of life."""

from typing import Annotated, Literal

from pydantic import Field

from callingcard.desk.api.schemas import AuthorOut, ConversationOut, EntryOut, Moment, Wire
from callingcard.desk.model.conversations import Note, NoteKind
from callingcard.desk.model.signs import Sign, SignKind
from callingcard.desk.service.chat.following import FeedItem


class EntryEvent(Wire):
    """An ``entry`` event of the feed: something was said somewhere."""

    event: Literal["entry"] = "entry"
    feed_seq: int
    conversation_id: str
    entry: EntryOut


class ConversationEvent(Wire):
    """A ``conversation`` event of the feed: one was made, linked or read."""

    event: Literal["conversation"] = "conversation"
    feed_seq: int
    conversation: ConversationOut


class NoteOut(Wire):
    """Something that only agents see."""

    id: str
    kind: NoteKind
    author: AuthorOut
    text: str
    after_seq: int
    """The ``seq`` of the entry that it came after."""
    assigned_from: str | None
    assigned_to: str | None
    created_at: Moment

    @classmethod
    def of(cls, note: Note) -> "NoteOut":
        """Write *note* down."""
        author = note.author
        return cls(
            id=note.id,
            kind=note.kind,
            author=AuthorOut(kind=author.kind.value, id=author.id, name=author.name),
            text=note.text,
            after_seq=note.after_seq,
            assigned_from=note.assigned_from,
            assigned_to=note.assigned_to,
            created_at=note.created_at,
        )


class NoteEvent(Wire):
    """A ``note`` event of the feed: agents noted something, or it was given to one."""

    event: Literal["note"] = "note"
    feed_seq: int
    note: NoteOut
    conversation: ConversationOut


class GoneEvent(Wire):
    """A ``gone`` event of the feed: a conversation was erased, or kept for long enough."""

    event: Literal["gone"] = "gone"
    feed_seq: int
    conversation_id: str


class SignOut(Wire):
    """Somebody types in a conversation, or looks at it."""

    conversation_id: str
    kind: SignKind
    author: AuthorOut

    @classmethod
    def of(cls, sign: Sign) -> "SignOut":
        """Write *sign* down."""
        author = sign.author
        return cls(
            conversation_id=sign.conversation_id,
            kind=sign.kind,
            author=AuthorOut(kind=author.kind.value, id=author.id, name=author.name),
        )


class AgentsLive(Wire):
    """Who types and who looks, in any conversation; in no log."""

    signs: list[SignOut] = Field(default_factory=list[SignOut])


AnyEvent = EntryEvent | ConversationEvent | NoteEvent | GoneEvent
FeedEvent = Annotated[AnyEvent, Field(discriminator="event")]


def feed_event(item: FeedItem) -> AnyEvent:
    """Write *item* down: its entry or note, or else the conversation as it is now."""
    if item.gone is not None:
        return GoneEvent(feed_seq=item.seq, conversation_id=item.gone)
    if item.entry is not None:
        return EntryEvent(
            feed_seq=item.seq,
            conversation_id=item.entry.conversation_id,
            entry=EntryOut.of(item.entry),
        )
    conversation = ConversationOut.of(item.changed)
    if item.note is not None:
        note = NoteOut.of(item.note)
        return NoteEvent(feed_seq=item.seq, note=note, conversation=conversation)
    return ConversationEvent(feed_seq=item.seq, conversation=conversation)


class FeedAnswer(Wire):
    """Agents' events after a cursor."""

    events: list[FeedEvent]
    head: int
    reset: bool = False
    live: AgentsLive | None = None
