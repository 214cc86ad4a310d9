"""What an editor asks while somebody writes a function, and what that takes.

Lines count from one and columns from zero, in characters.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from callingcard.functions.model.findings import Finding
from callingcard.functions.model.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cursor is in a function's source."""

    function: str
    source: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on writing."""

    label: str
    kind: str
    """Such as ``function``, ``parameter`` or ``value``; empty when it was not looked up."""
    detail: str
    """One line: how it is called, or what it is."""
    documentation: str
    insert: str
    """What to put in place of the word before the cursor."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The call that the cursor is inside of."""

    label: str
    documentation: str
    parameters: tuple[str, ...]
    active: int | None
    """The index of the parameter that is being written, when that is clear."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to: its findings in the order of the source."""

    findings: tuple[Finding, ...]
    manifest: Manifest | None
    """None when the block at the head cannot be read."""


class Editing(Protocol):
    """Answers an editor; nothing of the source is ever run."""

    async def complete(self, place: Place) -> Sequence[Completion]:
        """Return how to go on at *place*; raises Invalid, TooLarge."""
        ...

    async def signature(self, place: Place) -> Signature | None:
        """Return the call around *place*, if there is one; raises Invalid, TooLarge."""
        ...

    async def check(self, function: str, source: str) -> Checked:
        """Return what is wrong with *source*; raises TooLarge."""
        ...


class ConnectorStubs(Protocol):
    """Knows the types of the connectors that are set up."""

    async def stubs(self, names: Collection[str]) -> Mapping[str, str]:
        """Return the ``.pyi`` text of each connector of *names* that there is."""
        ...


class SitePackages(Protocol):
    """Knows where a function's packages are."""

    async def site_packages(self, function: str) -> Path | None:
        """Return the folder of packages of the version that counts now, if it has one."""
        ...
