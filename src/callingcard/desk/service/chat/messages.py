"""What may be said, and the lines that are written of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

from callingcard.desk.model.conversations import Author, Entry
from callingcard.desk.model.ids import ConversationId
from callingcard.errors import Invalid
from callingcard.kit.ids import random_id

Status = Literal["open", "closed"]

MAX_VISITOR_TEXT: Final = 4000
MAX_AGENT_TEXT: Final = 10_000
MAX_CLIENT_MESSAGE_ID: Final = 64
_STATUS_TEXT: Final = {"open": "Conversation reopened", "closed": "Conversation closed"}


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that is kept; *repeated* when it had been posted before."""

    entry: Entry
    repeated: bool
    needs_follow_up: bool = False
    """Whether a visitor's message may ask for more than to be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a visitor chose, or put into a form, instead of writing."""

    value: str | None = field(default=None, repr=False)
    """The value of the button that was pressed."""
    values: Mapping[str, str] | None = field(default=None, repr=False)
    """What is in each field of a form, by its name."""

    @property
    def text(self) -> str:
        """The answer in words, for who reads the conversation."""
        if self.values is None:
            return self.value or ""
        return "\n".join(f"{name}: {text}" for name, text in self.values.items() if text)

    @property
    def data(self) -> Mapping[str, Any]:
        """The answer as an entry keeps it."""
        if self.values is None:
            return {"answer": {"value": _storable(self.value or "")}}
        kept = {_storable(name): _storable(text) for name, text in self.values.items()}
        return {"answer": {"values": kept}}


@dataclass(frozen=True, slots=True)
class Message:
    """A message that may be kept: its text fits and can be stored."""

    text: str = field(repr=False)
    client_message_id: str
    data: Mapping[str, Any] | None = field(default=None, repr=False)


def checked(
    text: str, client_message_id: str, *, most: int, answer: Answer | None = None
) -> Message:
    """Return the message as it will be kept, or raise Invalid.

    An *answer* without a text is kept with one that says the same.
    """
    kept = _storable(text.strip() or ("" if answer is None else answer.text[:most].strip()))
    said = [kept] if answer is None else [kept, answer.text]
    fields: dict[str, str] = {}
    if not kept:
        fields["text"] = "there is nothing in it"
    elif len(kept) > most:
        fields["text"] = f"longer than {most} characters"
    elif any("\ud800" <= character <= "\udfff" for one in said for character in one):
        fields["text"] = "not text"
    if not (
        0 < len(client_message_id) <= MAX_CLIENT_MESSAGE_ID
        and client_message_id.isascii()
        and client_message_id.isprintable()
    ):
        fields["clientMessageId"] = f"1 to {MAX_CLIENT_MESSAGE_ID} plain characters"
    if fields:
        raise Invalid("this message cannot be sent", fields=fields)
    return Message(kept, client_message_id, None if answer is None else answer.data)


def offering(message: Message, options: Sequence[tuple[str, str]]) -> Message:
    """Return *message* with buttons: the label and the value of each."""
    if not options:
        return message
    shown = [
        {"label": _storable(label), "value": _storable(value)} for label, value in options
    ]
    return replace(message, data={"options": shown})


def message_line(
    conversation_id: ConversationId, author: Author, message: Message, now: datetime
) -> Entry:
    """Return the entry of a message, before the log gives it its number."""
    return Entry(
        conversation_id=conversation_id,
        seq=0,
        id=random_id("m_"),
        type="message",
        author=author,
        text=message.text,
        created_at=now,
        client_message_id=message.client_message_id,
        data=message.data,
    )


def status_line(
    conversation_id: ConversationId, author: Author, status: Status, now: datetime
) -> Entry:
    """Return the entry that tells of closing or reopening."""
    return Entry(
        conversation_id=conversation_id,
        seq=0,
        id=random_id("m_"),
        type="status",
        author=author,
        text=_STATUS_TEXT[status],
        created_at=now,
        status=status,
    )


def _storable(text: str) -> str:
    """Return *text* without NUL, which PostgreSQL cannot store; HTML does the same."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
