"""Lengths of time as people write them: ``5s``, ``11h30m``, ``7d``."""

import re
from datetime import timedelta
from typing import Final

_SHAPE: Final = re.compile(
    r"(?:(?P<d>\d{1,5})d)?(?:(?P<h>\d{1,5})h)?(?:(?P<m>\d{1,6})m)?"
    r"(?:(?P<s>\d{1,8}(?:\.\d{1,3})?)s)?(?:(?P<ms>\d{1,9})ms)?\Z"
)


def parse_duration(text: str) -> timedelta:
    """Return the length of time that *text* names; raises ValueError.

    >>> parse_duration("11h30m")
    datetime.timedelta(seconds=41400)
    >>> parse_duration("250ms")
    datetime.timedelta(microseconds=250000)
    """
    found = _SHAPE.match(text.strip()) if len(text) < 40 else None  # noqa: PLR2004
    if found is None or not any(found.groupdict().values()):
        raise ValueError("write a length of time like 5s, 11h30m or 7d")
    parts = {unit: float(value or 0) for unit, value in found.groupdict().items()}
    return timedelta(
        days=parts["d"],
        hours=parts["h"],
        minutes=parts["m"],
        seconds=parts["s"],
        milliseconds=parts["ms"],
    )
