"""Reads one table of a manifest, and notes what is wrong with it instead of stopping.

So that somebody who made three mistakes is told of three.
"""

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, TypeVar, cast

from callingcard.functions.model.findings import Finding
from callingcard.functions.service.deploying.headers import Header, mistake

T = TypeVar("T")

_LONGEST_SHOWN: Final = 60


class Table:
    """One table: typed access to its keys; every complaint has a place in the source."""

    def __init__(
        self, header: Header, data: Mapping[str, Any], path: tuple[str, ...] = ()
    ) -> None:
        self.data = data
        self.path = path
        self.findings: list[Finding] = []
        self._header = header

    def wrong(self, key: str | None, message: str, code: str = "value") -> None:
        """Note that the value of *key*, or the table itself, is wrong."""
        path = self.path if key is None else (*self.path, key)
        line, column = self._header.place(*path)
        said = message if key is None else f"{key}: {message}"
        self.findings.append(mistake(line, column, said, f"manifest.{code}"))

    def only(self, known: Collection[str]) -> None:
        """Note every key that is not one of *known*, with the nearest that is."""
        for key in self.data:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                meant = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
                line, column = self._header.place(*self.path, key)
                said = f"{shown(key)} is not known here; {meant}"
                self.findings.append(mistake(line, column, said, "manifest.unknown_key"))

    def table(self, key: str) -> "Table":
        """Return the table at *key*, an empty one when there is none."""
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            self.wrong(key, "this must be a table")
            value = {}
        inner = Table(self._header, cast("dict[str, Any]", value), (*self.path, key))
        inner.findings = self.findings
        return inner

    def inline(self, key: str, data: Mapping[str, Any]) -> "Table":
        """Return *data*, one table of those at *key*."""
        inner = Table(self._header, data, (*self.path, key))
        inner.findings = self.findings
        return inner

    def text(self, key: str, default: str = "", *, most: int = 500) -> str:
        """Return the text at *key*."""
        value = self.data.get(key, default)
        if not isinstance(value, str):
            self.wrong(key, "this must be text, in quotes")
            return default
        if len(value) > most:
            self.wrong(key, f"at most {most} characters")
            return default
        return value

    def texts(
        self, key: str, pattern: re.Pattern[str], like: str, *, most: int = 50
    ) -> tuple[str, ...]:
        """Return the list of texts at *key*, each of which matches *pattern*, none twice."""
        value = self.data.get(key, [])
        if not isinstance(value, list):
            self.wrong(key, f'this must be a list, such as ["{like}"]')
            return ()
        if len(cast("list[object]", value)) > most:
            self.wrong(key, f"at most {most}")
            return ()
        found: dict[str, None] = {}
        for item in cast("list[object]", value):
            if not isinstance(item, str) or not pattern.match(item):
                self.wrong(key, f"{shown(item)} is not a name such as {like}")
            elif item in found:
                self.wrong(key, f"{shown(item)} is there twice")
            else:
                found[item] = None
        return tuple(found)

    def parsed(self, key: str, parse: Callable[[str], T], default: T) -> T:
        """Return what *parse*, which raises ValueError, makes of the text at *key*."""
        if key not in self.data:
            return default
        value = self.data[key]
        if not isinstance(value, str):
            self.wrong(key, "this must be text, in quotes")
            return default
        try:
            return parse(value)
        except ValueError as error:
            self.wrong(key, str(error))
            return default


def shown(value: object) -> str:
    """Return *value* as an error may repeat it: short, and in quotes.

    >>> shown("a"), shown(["x"])
    ('"a"', 'a list')
    """
    if isinstance(value, str):
        cut = value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…"
        return '"' + "".join(c if c.isprintable() else "·" for c in cut) + '"'
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, dict) else "that"
