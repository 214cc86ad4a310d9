"""Who looked at whom, and who changed what: the rows of an append-only chain.

Each row holds the hash of the row before it, so that none can be changed, removed or put
in between without the next one telling. A row names things by id and counts them; it
holds nothing of what they say, and so outlives them.

Invariant: ``detail`` holds numbers, flags and short names, never a person's values.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from callingcard.kit.actor import Actor
from callingcard.kit.codec import canonical_json

ACTIONS: Final = frozenset(
    {
        *("viewed", "exported", "erased", "merged", "unmerged", "imported"),
        *("key.created", "key.revoked", "settings.changed", "retention.removed"),
    }
)
"""What is written down."""

START: Final = "0" * 64
"""What the first row holds in the place of a hash before it."""

Detail: TypeAlias = str | int | bool
_PLAIN: Final = re.compile(r"[\w.:-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Who:
    """Who did it: an agent or a key by id, or the product itself."""

    kind: Literal["agent", "key", "system"]
    id: str

    def __str__(self) -> str:
        """Return both in one text, such as ``agent 700``."""
        return f"{self.kind} {self.id}"


SYSTEM: Final = Who("system", "callingcard")
"""The product itself, as when it removes what is older than its inbox keeps."""


def who_of(actor: Actor) -> Who:
    """Return *actor* as the audit log names them.

    >>> who_of(Actor("agent", "700", "Linus T."))
    Who(kind='agent', id='700')
    """
    return Who(actor.kind, actor.id)


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody did, to be written down."""

    who: Who
    action: str
    kind: str
    """What it was done to: ``contact``, ``conversation``, ``inbox``, …"""
    id: str
    at: datetime
    detail: Mapping[str, Detail] = field(default_factory=lambda: MappingProxyType({}))

    def require_plain(self) -> None:
        """Raise ValueError for what is no name, id or count: it might be an address."""
        if self.action not in ACTIONS:
            raise ValueError(f"{self.action!r} is no action of the audit log")
        named = [self.kind, self.id, self.who.id, *self.detail]
        texts = [*named, *(one for one in self.detail.values() if isinstance(one, str))]
        if not all(_PLAIN.fullmatch(text) for text in texts):
            raise ValueError("the audit log holds ids and counts, not what people say")


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows are asked for; what is None or empty does not matter."""

    who: str = ""
    action: str = ""
    kind: str = ""
    id: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A deed in its place of the chain."""

    seq: int
    deed: Deed
    previous: str
    """The hash of the row before."""
    hash: str

    @property
    def is_true(self) -> bool:
        """Say whether the row is what its hash was made of."""
        return self.hash == chained(self.seq, self.deed, self.previous)


def chained(seq: int, deed: Deed, previous: str) -> str:
    """Return the hash of the row that holds *deed* after the row with hash *previous*.

    >>> noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    >>> chained(1, Deed(Who("agent", "700"), "viewed", "contact", "512", noon), START)[:8]
    '7116b9cc'
    """
    said = {
        "seq": seq,
        "previous": previous,
        "at": deed.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "who": [deed.who.kind, deed.who.id],
        "action": deed.action,
        "thing": [deed.kind, deed.id],
        "detail": dict(deed.detail),
    }
    return hashlib.sha256(canonical_json(said)).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: note it elsewhere, and nobody can cut the chain unseen."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of looking at the whole chain."""

    rows: int
    head: Head
    broken_at: int | None
    """The ``seq`` of the first row that is not what it was, or None."""
