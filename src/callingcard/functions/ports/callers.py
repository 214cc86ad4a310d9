"""Who calls a function over HTTP, found out by the other contexts."""

from dataclasses import dataclass, field
from typing import Protocol

from callingcard.functions.model.runs import RunVisitor


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request brings along to prove who calls; names are in lower case."""

    headers: tuple[tuple[str, str], ...] = field(repr=False)
    peer: str = field(default="", repr=False)
    client: str = field(default="", repr=False)
    """The client's address, after trusted proxies."""


class Visitors(Protocol):
    """Checks visitors' proofs, as the sites are set up now."""

    async def prove(self, shown: Shown, *, site: str | None) -> RunVisitor:
        """Return whom the request proves to be calling; raises NotAllowed, NotFound.

        *site* None is the only site there is; with several it is a Conflict.
        """
        ...

    def origins(self, site: str | None) -> frozenset[str]:
        """Return the pages that may call on this site's behalf; empty when unknown."""
        ...


class Callers(Protocol):
    """Checks API keys."""

    async def allowed(self, shown: Shown, *, function: str) -> str:
        """Return ``key ID`` of a key that may call *function*; raises NotAllowed."""
        ...
