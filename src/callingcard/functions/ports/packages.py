"""The packages that a function asks for, made into an environment that it runs in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

Tell = Callable[[str], None]
"""Is told each line of progress as it is known."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a function's dependencies came to."""

    lock: str = field(default="", repr=False)
    """What uv resolved; empty without dependencies."""
    environment: str = ""
    """The id of the environment; empty for the standard library alone."""


class Packages(Protocol):
    """Resolves dependencies, and builds the environments that functions share."""

    async def prepare(
        self,
        dependencies: tuple[str, ...],
        requires_python: str,
        *,
        tell: Tell,
        upgrade: bool = False,
    ) -> Prepared:
        """Resolve and build what is not there yet; raises PackagesRefused.

        The same request is resolved once and stays as it is, so that what is there can be
        deployed again without a network, until *upgrade* asks for newer packages.
        """
        ...

    async def ensure(self, lock: str) -> str:
        """Return the id of the environment of *lock* on this machine, building it if needed.

        For a node that did not do the deploy, and after Python was upgraded. Costs a look
        into a dictionary once it is known.
        """
        ...

    def locate(self, environment: str) -> Path:
        """Return the folder to import from; raises LookupError when it is not built here."""
        ...

    async def keep_only(self, locks: frozenset[str]) -> int:
        """Remove environments of other *locks* that are not in use; return how many."""
        ...
