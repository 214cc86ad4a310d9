"""What deploying needs of the others: connectors, news, what a function remembered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A connector that comes with the product, as far as a template's consent is about it."""

    name: str
    secrets: tuple[str, ...]
    """The names of the secrets that it will need."""


class ConnectorNames(Protocol):
    """Knows which connectors are installed."""

    async def names(self) -> Collection[str]:
        """Return the name of every installed connector."""
        ...


class ConnectorShelf(ConnectorNames, Protocol):
    """Knows which connectors come with the product, and installs one of them."""

    def built_in(self) -> Sequence[BuiltIn]:
        """Return the connectors that come with the product."""
        ...

    async def install(self, name: str, *, by: str) -> None:
        """Install one that comes with the product; raises NotFound."""
        ...


class News(Protocol):
    """Wakes those who wait; carries nothing, they look in the database."""

    def notify(self, topic: str) -> None:
        """Wake everyone who waits on *topic*."""
        ...


class StorageEraser(Protocol):
    """Erases what a function remembered."""

    async def clear(self, function: str) -> int:
        """Delete every entry of a function, in all its namespaces; return how many."""
        ...
