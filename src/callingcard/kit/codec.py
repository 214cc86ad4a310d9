"""How values are written down: JSON, base64url, times.

JSON is compact and sorted where bytes are compared or signed, so that equal
values are equal bytes.
"""

import base64
import binascii
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, cast


def canonical_json(value: Mapping[str, Any] | Sequence[Any]) -> bytes:
    r"""Return *value* as JSON with sorted keys and no spaces.

    >>> canonical_json({"b": 1, "a": "é"})
    b'{"a":"\xc3\xa9","b":1}'
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def parse_json_object(raw: bytes | str) -> dict[str, Any]:
    """Return the JSON object in *raw*.

    Raises ValueError when it is anything else, names a member twice, or has a
    number such as NaN: two readers of one text must not see two different objects.

    >>> parse_json_object(b'{"a": 1}')
    {'a': 1}
    >>> parse_json_object(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ValueError: the member 'a' is there twice
    """
    try:
        value = _DECODER.decode(raw if isinstance(raw, str) else raw.decode())
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  (one error for one caller)
    return cast("dict[str, Any]", value)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object, refusing a repeated member."""
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for name, times in Counter(n for n, _ in pairs).items() if times > 1)
        raise ValueError(f"the member {twice[:40]!r} is there twice")
    return found


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(f"{name} is not a JSON number")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant
)
"""Made once: json.loads would make one for each call that has a hook."""


_TO_BASE64: Final = bytes.maketrans(b"-_+/=", b"+/   ")
"""From the letters of base64url to those of base64; what only the latter has is refused."""


def base64url(raw: bytes) -> str:
    """Return *raw* as base64url without padding, as JWTs write it.

    >>> base64url(b"hello?")
    'aGVsbG8_'
    """
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    """Return the bytes of unpadded base64url *text*; raises ValueError.

    >>> unbase64url("aGVsbG8_")
    b'hello?'
    """
    try:
        plain = text.encode("ascii").translate(_TO_BASE64) + b"=" * (-len(text) % 4)
        raw = binascii.a2b_base64(plain)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error
    if binascii.b2a_base64(raw, newline=False) != plain:
        raise ValueError("not base64url")
    return raw


@lru_cache(maxsize=4096)
def rfc3339(moment: datetime) -> str:
    """Write *moment* in UTC to the millisecond, with a Z.

    >>> rfc3339(datetime(2030, 1, 1, 12, tzinfo=UTC))
    '2030-01-01T12:00:00.000Z'
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def parse_rfc3339(text: str) -> datetime:
    """Read a time with an offset or a Z; raises ValueError without one.

    >>> parse_rfc3339("2030-01-01T12:00:00Z").hour
    12
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset")
    return moment.astimezone(UTC)
