"""Connectors as deploying and templates see them: which there are, which could be."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from callingcard.functions.model.values import Json
from callingcard.functions.ports.deploying import BuiltIn
from callingcard.functions.service.connecting.connector_errors import UnknownConnector
from callingcard.functions.service.connecting.connectors import ConnectorDesk, Setup

_NAMES_SECRETS: Final = ("secret", "password", "client_secret", "refresh_token")


class DeskShelf:
    """The desk of connectors; implements ``ConnectorShelf``."""

    def __init__(self, desk: ConnectorDesk) -> None:
        self._desk = desk

    async def names(self) -> Collection[str]:
        """Return the name of every installed connector."""
        return [view.stored.name for view in await self._desk.list()]

    def built_in(self) -> Sequence[BuiltIn]:
        """Return the connectors that come with the product and need no words of ours.

        One that has to be told where its service is cannot be brought along.
        """
        return [
            BuiltIn(name, tuple(dict.fromkeys(secrets_named(definition))))
            for name, definition in sorted(self._desk.built_in().items())
            if definition.get("base_url") != ""
        ]

    async def install(self, name: str, *, by: str) -> None:
        """Install one that comes with the product; raises UnknownConnector."""
        definition = self._desk.built_in().get(name)
        if definition is None:
            raise UnknownConnector(f"no connector {name[:63]} comes with the product")
        await self._desk.put(name, Setup(definition, source="built-in"), by=by)


def secrets_named(definition: Mapping[str, Json]) -> Iterator[str]:
    """Yield the names of the secrets in a connector's ``auth`` table.

    >>> list(secrets_named({"auth": {"kind": "bearer", "secret": "TOKEN"}}))
    ['TOKEN']
    >>> list(secrets_named({"auth": {"username": {"secret": "USER"}, "password": "PASS"}}))
    ['USER', 'PASS']
    """
    auth = definition.get("auth")
    if not isinstance(auth, Mapping):
        return
    for key, value in auth.items():
        match value:
            case str() if key in _NAMES_SECRETS:
                yield value
            case {"secret": str() as name}:
                yield name
            case _:
                pass
