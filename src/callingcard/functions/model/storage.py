"""What functions remember: keys, values, and how long; pure.

A key is text or a list of text and whole numbers, written as JSON, so that no two keys
are ever written alike. Its JSON is plain ASCII: it sorts the same way on every engine.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias, TypeGuard, cast

from callingcard.functions.model.values import Json, RunId
from callingcard.kit.durations import parse_duration

Key: TypeAlias = str | Sequence[str | int]

MAX_KEY_BYTES: Final = 512
MAX_VALUE_BYTES: Final = 64 * 1024
MAX_KEY_NUMBER: Final = 2**53
"""Beyond this a number is not the same in every reader of JSON."""

MIN_TTL: Final = timedelta(seconds=1)
MAX_TTL: Final = timedelta(days=400)

_PAST_EVERY_KEY: Final = "\x80"
"""Sorts after whatever may follow in a key, which is ASCII."""


@dataclass(frozen=True, slots=True)
class Space:
    """A namespace of one function: nobody else sees what is in it."""

    function: str
    namespace: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where one value is."""

    space: Space
    key: str = field(repr=False)
    """As ``written_key`` writes it; a key may be somebody's address."""

    @property
    def sealed_as(self) -> str:
        """The name of this place, to which a value is sealed."""
        return f"functions_storage/{self.space.function}/{self.space.namespace}/{self.key}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One value as it is kept."""

    place: Place
    data_key: int
    sealed: bytes = field(repr=False)
    size: int
    """Of key and value in plain, in bytes: what counts for the quota."""
    expires_at: datetime | None

    def is_live(self, now: datetime) -> bool:
        """Say whether it has not expired."""
        return self.expires_at is None or self.expires_at > now


@dataclass(frozen=True, slots=True)
class Lease:
    """The only right to fill a place, held by one run until it lapses."""

    place: Place
    id: str
    run: RunId
    until: datetime

    def is_held(self, now: datetime) -> bool:
        """Say whether its holder was heard of lately."""
        return self.until > now


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Keys as they are written: *exact*, and those from *first* up to before *end*."""

    exact: str
    first: str
    end: str

    def __contains__(self, key: object) -> bool:
        """Say whether *key* is among them, as the database would."""
        written = written_key(key)
        return written == self.exact or self.first <= written < self.end


@dataclass(frozen=True, slots=True)
class Usage:
    """How much a namespace holds."""

    entries: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Quota:
    """How much a namespace may hold."""

    size: int = 64 * 1024 * 1024
    entries: int = 100_000


class TooLong(ValueError):
    """The value has more bytes than one may have."""


def is_whole(value: object) -> TypeGuard[int]:
    """Say whether *value* is a whole number; true and false are none.

    >>> is_whole(3), is_whole(True), is_whole(3.0)
    (True, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool)


def written_key(key: object) -> str:
    r"""Return *key* as it is kept; raises ValueError for what is no key.

    >>> written_key("a/b"), written_key(["a", "b"]), written_key(["é", 1])
    ('"a/b"', '["a","b"]', '["\\u00e9",1]')
    """
    parts = cast("list[object]", key) if isinstance(key, list) else [key]
    if isinstance(key, list) and not parts:
        raise ValueError("a key that is a list needs at least one part")
    for part in parts:
        if isinstance(part, str):
            continue
        if part is key or not is_whole(part) or abs(part) > MAX_KEY_NUMBER:
            raise ValueError("a key is text, or a list of text and whole numbers")
    text = _json(key)
    if len(text) > MAX_KEY_BYTES:
        raise ValueError(f"a key has at most {MAX_KEY_BYTES} bytes as JSON")
    return text


def read_key(written: str) -> Key:
    """Return the key that is *written* so."""
    return cast("Key", json.loads(written))


def key_range(prefix: object) -> KeyRange:
    """Return which keys begin with *prefix*; raises ValueError.

    Text is the beginning of keys that are text, a list that of keys that are lists, part
    by part; None is the beginning of all.

    >>> "a/b" in key_range("a"), ["a", 12] in key_range(["a", 1])
    (True, False)
    """
    if prefix is None:
        return KeyRange("", "", _PAST_EVERY_KEY)
    if prefix == []:
        return KeyRange("", "[", f"[{_PAST_EVERY_KEY}")
    written = written_key(prefix)[:-1]
    if isinstance(prefix, list):
        return KeyRange(f"{written}]", f"{written},", f"{written},{_PAST_EVERY_KEY}")
    return KeyRange("", written, written + _PAST_EVERY_KEY)


def shown_range(prefix: str) -> KeyRange:
    """Return which keys begin with what somebody typed: text, or the JSON of a list."""
    if prefix.startswith("["):
        plain = (c if c.isascii() and c.isprintable() else _json(c)[1:-1] for c in prefix)
        written = "".join(plain)
        return KeyRange("", written, written + _PAST_EVERY_KEY)
    return key_range(prefix) if prefix else key_range(None)


def written_value(value: Json) -> bytes:
    """Return *value* as it is kept; raises ValueError for what is not JSON or too large."""
    try:
        plain = _json(value, escape=False).encode()
    except RecursionError:
        raise ValueError("the value is nested too deeply") from None
    except UnicodeEncodeError:
        raise ValueError("the value has text that is not valid Unicode") from None
    if len(plain) > MAX_VALUE_BYTES:
        raise TooLong(f"a value has at most {MAX_VALUE_BYTES // 1024} KiB as JSON")
    return plain


def same_value(one: Json, other: Json) -> bool:
    """Say whether two values are equal as JSON: ``1``, ``1.0`` and ``true`` all differ.

    >>> same_value({"a": 1, "b": 2}, {"b": 2, "a": 1}), same_value(1, True)
    (True, False)
    """
    return _json(one, ordered=True) == _json(other, ordered=True)


def lifetime(ttl: object) -> timedelta | None:
    """Return how long a value lives, None for ever; raises ValueError.

    >>> lifetime("11h30m"), lifetime(90), lifetime(None)
    (datetime.timedelta(seconds=41400), datetime.timedelta(seconds=90), None)
    """
    if ttl is None:
        return None
    if isinstance(ttl, str):
        found = parse_duration(ttl)
    elif isinstance(ttl, (int, float)) and not isinstance(ttl, bool) and math.isfinite(ttl):
        seconds = min(max(ttl, 0), 2 * MAX_TTL.total_seconds())  # or it cannot be written
        found = timedelta(seconds=seconds)
    else:
        raise ValueError("ttl is a number of seconds or a text like 11h30m")
    if not MIN_TTL <= found <= MAX_TTL:
        raise ValueError("ttl is between 1 second and 400 days")
    return found


def _json(value: Any, *, escape: bool = True, ordered: bool = False) -> str:
    """Write JSON without spaces; raises ValueError for NaN and the like."""
    try:
        return json.dumps(
            value,
            ensure_ascii=escape,
            allow_nan=False,
            separators=(",", ":"),
            sort_keys=ordered,
        )
    except TypeError:
        raise ValueError("not JSON") from None
