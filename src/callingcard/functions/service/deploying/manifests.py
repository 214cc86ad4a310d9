"""What a function says about itself: ``[tool.callingcard]`` in the block at its head.

Every mistake is told at once, with its line. Secrets are never in a manifest: a
connector names the ones that it needs.

Invariant: the manifest of a version is read from its source, and is stored nowhere.
"""

import re
import sys
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

from callingcard.functions.model.findings import Finding
from callingcard.functions.model.manifest import KIB, MIB, Limits, Manifest, OnError
from callingcard.functions.service.deploying import pythons
from callingcard.functions.service.deploying.headers import Header, mistake, read_header
from callingcard.functions.service.deploying.refusals import SourceRefused
from callingcard.functions.service.deploying.tables import Table, shown
from callingcard.functions.service.deploying.trigger_tables import read_triggers
from callingcard.kit.durations import parse_duration

MOST_SOURCE_BYTES: Final = 256 * KIB

_NOT_TEXT: Final = re.compile("[\\x00\\ud800-\\udfff]")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
_MEMBER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}\Z")
_SIZE: Final = re.compile(r"(\d{1,9})\s*(B|KiB|MiB|GiB)\Z")
_UNITS: Final = {"B": 1, "KiB": KIB, "MiB": MIB, "GiB": KIB * MIB}
_REQUIREMENT: Final = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?"
    r"\s*(?:\[[A-Za-z0-9._,\s-]{0,200}\])?\s*"
    r"(?:\(?[<>=!~][<>=!~0-9A-Za-z.*+,\s-]{0,200}\)?)?\s*(?:;[^@\r\n]{1,300})?\Z"
)
_MOST_DEPENDENCIES: Final = 100
_MOST_NAMESPACES: Final = 16
"""Each may fill up to its own limit, so that they are few."""
_TOP: Final = ("requires-python", "dependencies", "tool")
_KEYS: Final = (
    "description",
    "connectors",
    "storage",
    "trigger",
    "timeout",
    "memory",
    "input",
    "output",
    "log",
    "on_error",
    "sensitive",
)


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The most that this server lets a function ask for."""

    wall: timedelta = timedelta(seconds=60)
    memory_bytes: int = 512 * MIB
    input_bytes: int = MIB
    output_bytes: int = 8 * MIB
    log_bytes: int = MIB


_NO_CEILINGS: Final = Ceilings(timedelta(days=1), 1 << 50, 1 << 40, 1 << 40, 1 << 40)


def examine(
    source: str, ceilings: Ceilings = _NO_CEILINGS
) -> tuple[Manifest | None, tuple[Finding, ...]]:
    """Return the manifest of *source* with what is wrong; None when it cannot be trusted."""
    if len(source.encode("utf-8", "surrogatepass")) > MOST_SOURCE_BYTES:
        said = f"a function has at most {MOST_SOURCE_BYTES // KIB} KiB"
        return None, (mistake(1, 0, said, "manifest.too_large"),)
    if _NOT_TEXT.search(source):
        said = "there is a character in it that no text has, such as NUL"
        return None, (mistake(1, 0, said, "manifest.not_text"),)
    header = read_header(source)
    if isinstance(header, Finding):
        return None, (header,)
    manifest, found = _read(header, ceilings)
    return (None if found else manifest), found


def read_manifest(source: str, ceilings: Ceilings = _NO_CEILINGS) -> Manifest:
    """Return the manifest of *source*; raises SourceRefused."""
    manifest, found = examine(source, ceilings)
    if manifest is None:
        raise SourceRefused(found)
    return manifest


@lru_cache(maxsize=512)
def manifest_of(source: str) -> Manifest:
    """Return the manifest of a source that was deployed.

    It was accepted then. What this server would refuse today, such as a Python that it no
    longer has, is left out instead: what runs goes on running.
    """
    header = read_header(source)
    return Manifest() if isinstance(header, Finding) else _read(header, _NO_CEILINGS)[0]


def _read(header: Header, ceilings: Ceilings) -> tuple[Manifest, tuple[Finding, ...]]:
    """Return what a block comes to, and everything that is wrong with it, in order."""
    top = Table(header, header.data)
    top.only(_TOP)
    tools = top.table("tool")
    if "uv" in tools.data:
        tools.wrong("uv", "the server says where packages come from: take this table out")
    manifest = _manifest(top, tools.table("callingcard"), ceilings)
    return manifest, tuple(sorted(top.findings, key=lambda f: (f.line, f.column)))


def _manifest(top: Table, table: Table, ceilings: Ceilings) -> Manifest:
    """Return what the tables come to, noting what is wrong with them."""
    table.only(_KEYS)
    return Manifest(
        description=table.text("description"),
        requires_python=top.parsed("requires-python", _python, ""),
        dependencies=_dependencies(top),
        connectors=table.texts("connectors", _NAME, "hubspot"),
        storage=table.texts("storage", _NAME, "tokens", most=_MOST_NAMESPACES),
        triggers=read_triggers(table),
        limits=_limits(table, ceilings),
        on_error=table.parsed("on_error", _on_error, OnError.FAIL),
        sensitive=table.texts("sensitive", _MEMBER, "password"),
    )


def _limits(table: Table, ceilings: Ceilings) -> Limits:
    """Return how much a run may use: what is asked for, or as much as everybody has."""
    usual = Limits()
    return Limits(
        wall=_wall(table, usual.wall, ceilings.wall),
        memory_bytes=_size(table, "memory", usual.memory_bytes, ceilings.memory_bytes),
        input_bytes=_size(table, "input", usual.input_bytes, ceilings.input_bytes),
        output_bytes=_size(table, "output", usual.output_bytes, ceilings.output_bytes),
        log_bytes=_size(table, "log", usual.log_bytes, ceilings.log_bytes),
    )


def _wall(table: Table, usual: timedelta, most: timedelta) -> timedelta:
    """Return how long a run may take."""
    asked = table.parsed("timeout", parse_duration, usual)
    if asked > most:
        if "timeout" in table.data:
            table.wrong(
                "timeout", f"this server lets a function run {_seconds(most)}s at most"
            )
        return most
    if asked < timedelta(milliseconds=10):
        table.wrong("timeout", "give it 10ms at least")
    return asked


def _size(table: Table, key: str, usual: int, most: int) -> int:
    """Return the size at *key*."""
    asked = table.parsed(key, parse_size, usual)
    if asked > most:
        if key in table.data:
            table.wrong(key, f"this server gives a function {_readable(most)} at most")
        return most
    least = 32 * MIB if key == "memory" else 1
    if asked < least:
        table.wrong(key, f"give it {_readable(least)} at least")
    return asked


def parse_size(text: str) -> int:
    """Return the bytes that *text* names; raises ValueError.

    >>> parse_size("256MiB")
    268435456
    """
    found = _SIZE.match(text.strip())
    if found is None:
        raise ValueError("write a size like 64KiB or 256MiB")
    return int(found[1]) * _UNITS[found[2]]


def _readable(size: int) -> str:
    for unit in ("GiB", "MiB", "KiB"):
        if size % _UNITS[unit] == 0:
            return f"{size // _UNITS[unit]}{unit}"
    return f"{size}B"


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():g}"


def _python(text: str) -> str:
    """Return *text* if it lets the running Python in; raises ValueError."""
    running = sys.version_info[:3]
    if len(text) > 100 or not pythons.allows(text, running):  # noqa: PLR2004
        has = ".".join(str(part) for part in running)
        raise ValueError(f"this server runs Python {has}, which {shown(text)} excludes")
    return text


def _dependencies(top: Table) -> tuple[str, ...]:
    """Return the packages asked for: names and versions, and nothing that is a place."""
    found = top.texts("dependencies", _ANY_TEXT, "httpx>=0.28", most=_MOST_DEPENDENCIES)
    for item in found:
        if not _REQUIREMENT.match(item):
            top.wrong(
                "dependencies", f"{shown(item)}: write a name and versions, like httpx>=0.28"
            )
    return found


_ANY_TEXT: Final = re.compile(r"[^\r\n]{1,700}\Z")


def _on_error(text: str) -> OnError:
    try:
        return OnError(text)
    except ValueError:
        raise ValueError("write fail, anonymous or stale") from None
