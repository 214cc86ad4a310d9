"""The block at the head of a function, as PEP 723 has it, and where its keys stand.

https://packaging.python.org/en/latest/specifications/inline-script-metadata/ gives the
expression that finds a block and the way to take its comment signs off; both are
followed to the letter, so that uv and every other tool reads the same.
"""

import re
import tomllib
from dataclasses import dataclass
from typing import Any, Final

from callingcard.functions.model.findings import Finding, Severity

_BLOCK: Final = re.compile(
    r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$"
)
_START: Final = re.compile(r"(?m)^#\s*///\s*script\s*$")
_TOML_PLACE: Final = re.compile(r"\(at line (\d+), column (\d+)\)")
_TABLE: Final = re.compile(r"\s*\[{1,2}\s*([^\]]+?)\s*\]{1,2}\s*(?:#.*)?\Z")


@dataclass(frozen=True, slots=True)
class Header:
    """A block that was read: what it says, and its lines to point at."""

    data: dict[str, Any]
    lines: tuple[str, ...]
    """The TOML, line by line."""
    first_line: int
    """The line of the source that the first of them is."""

    def place(self, *path: str) -> tuple[int, int]:
        """Return the line and column of the source where the key at *path* stands.

        Or of the nearest thing that is there: its table, or the block. Good for a person
        to find it; TOML's own reader tells no positions.
        """
        table, at = "", 0
        best, depth = (self.first_line - 1, 0), 0
        for number, line in enumerate(self.lines):
            if found := _TABLE.match(line):
                table, at = _plain(found[1]), 0
            prefix = tuple(table.split(".")) if table else ()
            if path[: len(prefix)] != prefix:
                continue
            if len(prefix) > depth:
                best, depth = (self.first_line + number, 2), len(prefix)
            at = max(at, len(prefix))
            column = 0
            while at < len(path) and (key := _key(path[at]).search(line, column)):
                column, at = key.end(), at + 1
                if at > depth:
                    best, depth = (self.first_line + number, key.start("key") + 2), at
        return best


def mistake(line: int, column: int, message: str, code: str) -> Finding:
    """Return the finding of a mistake at one place; it is underlined to the line's end."""
    return Finding(line, column, line + 1, 0, Severity.ERROR, code, message)


def read_header(source: str) -> Header | Finding:
    """Return the block of *source*, or what is wrong with it; none at all is an empty one."""
    text = source.replace("\r\n", "\n")
    found = [match for match in _BLOCK.finditer(text) if match["type"] == "script"]
    if len(found) > 1:
        line = _line_of(text, found[1].start())
        return mistake(line, 0, "there is a second script block: keep one", "manifest.twice")
    if not found:
        if start := _START.search(text):
            said = 'the block has no end: begin each line with "# ", and end it with "# ///"'
            return mistake(_line_of(text, start.start()), 0, said, "manifest.open")
        return Header({}, (), 1)
    content = found[0]["content"]
    lines = tuple(
        line[2:] if line.startswith("# ") else line[1:] for line in content.splitlines()
    )
    first_line = _line_of(text, found[0].start("content"))
    try:
        return Header(tomllib.loads("\n".join(lines)), lines, first_line)
    except tomllib.TOMLDecodeError as error:
        return _not_toml(str(error), first_line, len(lines))
    except RecursionError:
        return mistake(first_line, 0, "it is nested too deeply", "manifest.toml")


def _not_toml(said: str, first_line: int, lines: int) -> Finding:
    """Return the finding for TOML that cannot be read."""
    place = _TOML_PLACE.search(said)
    message = f"this is not TOML: {_TOML_PLACE.sub('', said).strip()[:200]}"
    if place is None:
        return mistake(first_line + lines - 1, 0, message, "manifest.toml")
    return mistake(first_line + int(place[1]) - 1, int(place[2]) + 1, message, "manifest.toml")


def _line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _plain(name: str) -> str:
    """Return a dotted table name without quotes and spaces.

    >>> _plain('tool . "callingcard"')
    'tool.callingcard'
    """
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


def _key(name: str) -> re.Pattern[str]:
    """Return what finds *name* as a key, at a line's start or inside an inline table."""
    return re.compile(rf"(?:^|[{{,\s.])(?P<key>[\"']?{re.escape(name)}[\"']?)\s*(?=[=.])")
