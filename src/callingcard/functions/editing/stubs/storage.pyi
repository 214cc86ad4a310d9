# ruff: noqa: PYI021
"""What this function remembers from one run to the next, and nobody else sees."""

import builtins
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeAlias, TypeVar

_T = TypeVar("_T")
_Key: TypeAlias = str | Sequence[str | int]
_Ttl: TypeAlias = str | float | timedelta | None

class StorageError(Exception):
    """Storage did not do what was asked."""

    message: str
    kind: str
    """``storage``, ``limit``, or ``invalid`` for wrong arguments."""

class Lease:
    """What is there, or the only right to put something there."""

    hit: bool
    """Whether there is a value."""
    value: Any
    """The value; None unless *hit*."""

    def put(self, value: _T, ttl: _Ttl = None) -> _T:
        """Store *value* for everybody who waits for it, and return it."""

    def release(self) -> None:
        """Give the right back; the end of the run does so too."""

class Namespace:
    """One set of keys and values. A key is a text, or several texts and numbers."""

    def get(self, key: _Key, default: Any = None) -> Any:
        """Return the value at *key*, or *default*."""

    def set(self, key: _Key, value: Any, ttl: _Ttl = None) -> None:
        """Store *value* until *ttl* is over: ``"11h30m"``, seconds, or a timedelta."""

    def delete(self, key: _Key) -> bool:
        """Forget the value at *key*; say whether there was one."""

    def incr(self, key: _Key, by: int = 1, ttl: _Ttl = None) -> int:
        """Add to the number at *key* in one step, and return what it is now."""

    def compare_and_set(self, key: _Key, expected: Any, value: Any, ttl: _Ttl = None) -> bool:
        """Store *value* if *expected* is there (None: nothing); say whether it was."""

    def list(self, prefix: _Key = "", limit: int = 100) -> builtins.list[Any]:
        """Return the keys that begin with *prefix*."""

    def lease(self, key: _Key) -> Lease:
        """Return what is at *key*, or the only right to put something there.

        Whoever comes second waits until there is a value, or the right is free again.
        """

def until_exp(token: str, skew: float = 300) -> float:
    """Return the seconds until a JWT ends, less *skew*: a ttl for that token."""
