"""What is kept of chatflows: their documents, their versions, and where each talk stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from callingcard.desk.model.ids import ConversationId

Kind = Literal["string", "number", "bool", "enum", "date"]


@dataclass(frozen=True, slots=True)
class PropertyInfo:
    """What a chatflow needs to know of a property."""

    name: str
    """Such as ``contact.plan``."""
    kind: Kind = "string"
    label: str = ""
    visible: bool = True
    """Whether a visitor may see its value: ``visible_to_visitor`` in the registry."""
    writable: bool = True
    options: tuple[str, ...] = ()
    """The values of an ``enum``."""


@dataclass(frozen=True, slots=True)
class StoredFlow:
    """A chatflow: what visitors get, and what is being drafted."""

    name: str
    inbox: str
    enabled: bool
    priority: int
    """Where several fit, the one with the highest priority talks."""
    version: int
    """The version that visitors get; 0 when none was published."""
    updated_at: datetime
    document: Mapping[str, Any] | None = None
    """The published document."""
    draft: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FlowVersion:
    """A document that was published, kept for good while its chatflow is."""

    name: str
    version: int
    document: Mapping[str, Any]
    published_at: datetime
    published_by: str


class Waits(StrEnum):
    """What a talk waits for."""

    ANSWER = "answer"
    FUNCTION = "function"
    WEBHOOK = "webhook"
    TIME = "time"
    NOTHING = "nothing"
    """It is over."""


@dataclass(frozen=True, slots=True)
class FlowRun:
    """Where a conversation's talk with its chatflow stands.

    It goes on with the version it began with, whatever is published meanwhile.
    """

    conversation_id: ConversationId
    flow: str
    version: int
    turn: int
    """Counts the changes, so that a late answer of a function meets its own step or none."""
    waits: Waits
    due_at: datetime | None
    """When somebody must see to it: a wait is over, or a function has to be called."""
    page: str
    """The URL of the page on which it began."""
    state: Mapping[str, Any] = field(repr=False)
    """What the machine remembers: the step, and what the visitor said."""
    updated_at: datetime
