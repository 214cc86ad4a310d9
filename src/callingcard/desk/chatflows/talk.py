"""What goes in and out of the machine that runs a chatflow: plain values, all of JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from callingcard.desk.model.chatflows import Waits
from callingcard.kit.conditions import Facts
from callingcard.kit.conditions.comparisons import Value

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class State:
    """Where a talk stands; everything that has to survive a restart."""

    step: str | None = None
    waits: Waits = Waits.NOTHING
    answers: Mapping[str, Value] = field(default_factory=lambda: _NOTHING, repr=False)
    """By step: what the visitor answered, and what functions returned."""
    said: Mapping[str, str] = field(default_factory=lambda: _NOTHING, repr=False)
    """By property: what the visitor said of themselves, which nobody has proved."""
    misses: int = 0
    """How often in a row an answer could not be understood."""
    spent: int = 0
    """How many steps were taken since the talk began."""
    heard: str = field(default="", repr=False)
    """What the visitor said to a webhook that asked."""
    bot: Mapping[str, Any] = field(default_factory=lambda: _NOTHING, repr=False)
    """What a webhook wants to have back: HubSpot's ``customState``."""

    def as_json(self) -> dict[str, Any]:
        """Return the state as JSON; ``State.of`` reads it again."""
        return {
            "step": self.step,
            "waits": self.waits.value,
            "answers": dict(self.answers),
            "said": dict(self.said),
            "misses": self.misses,
            "spent": self.spent,
            "heard": self.heard,
            "bot": dict(self.bot),
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "State":
        """Return the state that ``as_json`` wrote."""
        known: dict[str, Any] = {**document, "waits": Waits(document["waits"])}
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Around:
    """What the machine may look at now."""

    facts: Facts = field(repr=False)
    proven: bool
    """Whether the visitor proved who they are; otherwise the CRM stays closed to them."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Began:
    """The talk begins."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The visitor wrote, pressed a button (*text* is its value), or sent a form."""

    text: str = field(repr=False)
    values: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Returned:
    """A function returned *value*, which is JSON."""

    value: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Replied:
    """A webhook replied; each member is one of HubSpot's reply."""

    text: str | None = None
    next: str | None = None
    expects_answer: bool = False
    options: Sequence[tuple[str, str]] = ()
    """Labels and values of quick replies."""
    bot: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A function or webhook failed; *code* says how, without details."""

    code: str


@dataclass(frozen=True, slots=True)
class Elapsed:
    """A wait is over."""


Signal: TypeAlias = Began | Answered | Returned | Replied | Failed | Elapsed


@dataclass(frozen=True, slots=True)
class Say:
    """A line of the chatflow; *data* are its ``options`` or its ``form``."""

    text: str
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class AwaitAnswer:
    """Wait for the visitor."""


@dataclass(frozen=True, slots=True)
class CallFunction:
    """Call a function, then go on with ``Returned`` or ``Failed``."""

    step: str
    name: str
    arguments: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallWebhook:
    """Call a webhook, then go on with ``Replied`` or ``Failed``."""

    step: str
    url: str = field(repr=False)
    payload: str | None = field(repr=False)
    text: str = field(default="", repr=False)
    """What the visitor said, where the webhook asked for it."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Go on with ``Elapsed`` at *until*."""

    step: str
    until: datetime


@dataclass(frozen=True, slots=True)
class HandOver:
    """Let people take over: *team*, or whom the routing rules name."""

    team: str | None
    reason: str = ""
    """Why, when no ``route`` step says so."""


@dataclass(frozen=True, slots=True)
class Finish:
    """End without people; *close* the conversation too."""

    close: bool


Ask: TypeAlias = AwaitAnswer | CallFunction | CallWebhook | Pause | HandOver | Finish


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of a signal; *ask* is None when it was not what the talk waits for."""

    state: State
    says: Sequence[Say] = ()
    changes: Mapping[str, str] = field(default_factory=lambda: _NOTHING, repr=False)
    """Properties that the visitor gave, as text."""
    ask: Ask | None = None
    trace: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    facts: Facts = field(default_factory=lambda: _NOTHING, repr=False)
    """What is known after it, for routing."""
