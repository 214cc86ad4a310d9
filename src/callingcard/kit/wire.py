"""An HTTP call as plain data, so that those who think about it do no network.

A platform builds a ``Request`` and reads a ``Reply``; ``backends.fetch`` alone
carries the one out and brings the other back.

Invariant: no repr of these shows a header, a body or a query: they hold secrets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Final

MAX_WAIT: Final = timedelta(seconds=60)
"""The longest that another company may ask us to wait."""


def _nothing() -> Mapping[str, str]:
    """Return no headers, that nobody can change."""
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP call to make; safe to make twice, and *attempts* times at most."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=_nothing, repr=False)
    body: bytes = field(default=b"", repr=False)
    attempts: int = 3


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back after *attempts*; the names of *headers* are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=_nothing, repr=False)
    body: bytes = field(default=b"", repr=False)
    attempts: int = 1


def retry_after(reply: Reply, now: datetime) -> timedelta | None:
    """Return how long *reply* asks us to wait, never longer than ``MAX_WAIT``.

    Both forms are read, seconds and a date; nonsense is as good as nothing.

    >>> noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    >>> retry_after(Reply(429, {"retry-after": "7"}), noon)
    datetime.timedelta(seconds=7)
    >>> retry_after(Reply(503, {"retry-after": "Tue, 01 Jan 2030 12:00:09 GMT"}), noon)
    datetime.timedelta(seconds=9)
    >>> retry_after(Reply(429, {"retry-after": "999999999999999999999"}), noon)
    datetime.timedelta(seconds=60)
    >>> retry_after(Reply(429, {"retry-after": "soon"}), noon) is None
    True
    """
    text = reply.headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        digits = 6  # enough for any wait that is below the cap
        short = len(text.lstrip("0")) <= digits
        return min(timedelta(seconds=int(text[-digits:])), MAX_WAIT) if short else MAX_WAIT
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(aware - now, timedelta(0)), MAX_WAIT)
