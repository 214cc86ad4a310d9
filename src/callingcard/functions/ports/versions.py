"""What is deployed, what was deployed before, and what is being written.

``Versions`` is for everybody who looks; ``Releases`` and ``Drafts`` are for those who
change something. Each method is one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from callingcard.functions.model.values import FunctionName, Json, VersionId
from callingcard.functions.model.versions import Function, Version


class Versions(Protocol):
    """Looks at what is deployed."""

    async def current(self, name: str) -> Version | None:
        """Return the version that counts now; None when nothing is deployed so."""
        ...

    async def version(self, version_id: str) -> Version | None:
        """Return this version, whether it counts now or did before."""
        ...

    async def all(self) -> Sequence[Function]:
        """Return every deployed function, by name."""
        ...

    async def functions_using(self, connector: str) -> Sequence[Version]:
        """Return the current versions that declare this connector, by function."""
        ...

    async def versions_of(self, name: str) -> Sequence[Version]:
        """Return every kept version of a function, the newest first."""
        ...


ReleaseKind = Literal["deploy", "rollback", "delete"]


@dataclass(frozen=True, slots=True)
class Release:
    """One time that somebody changed which version counts."""

    function: FunctionName
    version: VersionId
    number: int
    kind: ReleaseKind
    at: datetime
    by: str


class Releases(Protocol):
    """Changes what is deployed."""

    async def publish(self, version: Version, *, keep: int, again: bool = False) -> Version:
        """Keep *version* and make it the one that counts, both or neither.

        With *again* the function must be there: raises UnknownFunction when it is gone.

        Its number is given here. Content that was deployed before becomes current again
        under the number that it had. All but the newest *keep* versions are let go of.
        """
        ...

    async def point(
        self, name: str, version_id: str, *, by: str, at: datetime
    ) -> Version | None:
        """Make a kept version the one that counts; None when there is no such one."""
        ...

    async def remove(self, name: str, *, by: str, at: datetime) -> bool:
        """Remove a function with all its versions and its draft; say whether there was one."""
        ...

    async def releases(self, name: str) -> Sequence[Release]:
        """Return who changed what when, the newest first; it outlives the function."""
        ...

    async def locks(self) -> frozenset[str]:
        """Return the locks of all kept versions: their environments are still needed."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """A source that somebody is writing and has not deployed."""

    name: FunctionName
    source: str = field(repr=False)
    saved_at: datetime


class Drafts(Protocol):
    """Keeps drafts: one for each function."""

    async def get(self, name: str) -> Draft | None:
        """Return the draft of this name."""
        ...

    async def save(self, draft: Draft) -> None:
        """Keep *draft* in place of the one there was."""
        ...

    async def add(self, draft: Draft) -> bool:
        """Keep the draft of a new function; False when the name is taken."""
        ...

    async def drop(self, name: str) -> bool:
        """Forget the draft; say whether there was one."""
        ...

    async def all(self) -> Sequence[Draft]:
        """Return every draft, by name."""
        ...


@dataclass(frozen=True, slots=True)
class PayloadVisitor:
    """Whom a saved run plays."""

    email: str = field(repr=False)
    user_id: str = field(default="", repr=False)
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Payload:
    """An input that somebody saved, to run a function with again."""

    name: str
    arguments: Json = field(repr=False)
    visitor: PayloadVisitor | None = None


class Payloads(Protocol):
    """Keeps inputs to run functions with."""

    async def of(self, function: str) -> Sequence[Payload]:
        """Return a function's payloads in the order they were saved in."""
        ...

    async def replace(self, function: str, given: Sequence[Payload]) -> None:
        """Keep these payloads in place of all there were."""
        ...
