"""What an issuer tells whoever watches it: for metrics, health and alerts.

Invariant: nothing here names a visitor or holds a token.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from callingcard.errors import CallingcardError

Source: TypeAlias = Literal["memory", "store", "upstream", "signed"]


@dataclass(frozen=True, slots=True)
class Issued:
    """A token was handed out, and this is where it came from."""

    source: Source


@dataclass(frozen=True, slots=True)
class Called:
    """The platform was called; *error* is None when it made a token."""

    seconds: float
    error: CallingcardError | None = None


@dataclass(frozen=True, slots=True)
class Tripped:
    """The platform is not asked for now: it refuses our key, or it keeps failing."""

    error: CallingcardError


@dataclass(frozen=True, slots=True)
class Recovered:
    """The platform makes tokens again."""


@dataclass(frozen=True, slots=True)
class StoreFailed:
    """The shared cache did not answer; this process went on without it."""

    error: CallingcardError


Happening: TypeAlias = Issued | Called | Tripped | Recovered | StoreFailed
Observe: TypeAlias = Callable[[Happening], None]


def unobserved(_happening: Happening) -> None:
    """Tell nobody."""
