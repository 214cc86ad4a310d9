"""Reading what a person wrote in a TOML file, and saying all that is wrong with it at once."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, TypeVar, cast

from callingcard.functions.model.connectors import SecretName
from callingcard.functions.service.connecting.connector_errors import DefinitionRefused

T = TypeVar("T")

MAX_BYTES: Final = 256 * 1024

_SECRET: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}\Z")
_HEADER: Final = re.compile(r"\s*\[\[?([^\[\]]+)\]")
_MEMBER: Final = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*=")
_KINDS: Final[Mapping[type[Any], str]] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    list: "a list",
    dict: "a table",
}


def read_toml(text: str) -> dict[str, Any]:
    """Return the table in *text*; raises DefinitionRefused, which names the line."""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise DefinitionRefused("The definition is larger than 256 KiB.")
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        why = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "nested too deeply"
        raise DefinitionRefused("The definition is not TOML.", fields={"": why}) from None
    try:
        json.dumps(found, allow_nan=False)
    except (TypeError, ValueError):
        raise DefinitionRefused(
            "The definition has a date or a number that JSON has not.",
            hint="Write dates as texts.",
        ) from None
    return found


def with_lines(error: DefinitionRefused, text: str) -> DefinitionRefused:
    """Return *error* with the line of *text* before each reason, where it can be found."""
    fields: dict[str, str] = {}
    for path, why in error.fields.items():
        line = _line_of(path, text)
        fields[path] = f"line {line}: {why}" if line else why
    return DefinitionRefused(error.message, fields=fields, hint=error.hint)


def _line_of(path: str, text: str) -> int:
    """Return the line on which the member *path*, or what it is in, is written; else 0."""
    lines: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = header[1].strip()
            lines.setdefault(table, number)
        elif member := _MEMBER.match(line):
            lines.setdefault(f"{table}.{member[1]}".removeprefix("."), number)
    while path and path not in lines:
        path = path.rpartition(".")[0]
    return lines.get(path, 0)


class Table:
    """One table of a definition; what is wrong goes to *problems*, by its place."""

    def __init__(self, raw: Mapping[str, Any], where: str, problems: dict[str, str]) -> None:
        self.raw = raw
        self.where = where
        self.problems = problems
        self._known: set[str] = set()

    def place(self, name: str) -> str:
        """Return where the member *name* is."""
        return f"{self.where}.{name}" if self.where else name

    def wrong(self, name: str, why: str) -> None:
        """Note what is wrong with a member; the first reason counts."""
        self.problems.setdefault(self.place(name), why)

    def take(self, name: str, kind: type[T], default: T) -> T:
        """Return a member, or *default* when it is missing or not of that *kind*."""
        self._known.add(name)
        value = self.raw.get(name)
        if value is None:
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.wrong(name, f"must be {_KINDS[kind]}")
            return default
        return value

    def text(self, name: str, *, needed: bool = False) -> str:
        """Return a text; *needed* when it may not be missing or empty."""
        found = self.take(name, str, "")
        if needed and not found:
            self.wrong(name, "is missing")
        return found

    def secret(self, name: str) -> SecretName:
        """Return the name of a secret, which must be there."""
        text = self.text(name, needed=True)
        if text and not _SECRET.match(text):
            self.wrong(name, "is the name of a secret, in capitals: MY_KEY; never its value")
        return SecretName(text)

    def value(self, name: str) -> str | SecretName:
        """Return a text, or ``{ secret = "NAME" }``; one of them must be there."""
        if isinstance(self.raw.get(name), dict):
            inner = self.table(name)
            found = inner.secret("secret")
            inner.finish()
            return found
        return self.text(name, needed=True)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        found: list[Any] = self.take(name, list, [])
        if not all(isinstance(item, str) for item in found):
            self.wrong(name, "must be a list of texts")
            return ()
        return tuple(cast("list[str]", found))

    def table(self, name: str) -> "Table":
        """Return a table inside this one; an empty one when there is none."""
        raw = cast("dict[str, Any]", self.take(name, dict, {}))
        return Table(raw, self.place(name), self.problems)

    def finish(self, known: Iterable[str] = ()) -> None:
        """Note every member that nobody asked for, with the nearest that somebody knows."""
        self._known |= set(known)
        for name in self.raw:
            if name not in self._known:
                near = get_close_matches(name, self._known, n=1)
                self.wrong(name, f"unknown; did you mean {near[0]}?" if near else "unknown")
