"""Makes connectors out of what was written down, in a thread: a document may be megabytes.

What was made is kept for a while, since every call of every function needs it.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from callingcard.functions.connectors.definition import read_connector
from callingcard.functions.connectors.drift import changes
from callingcard.functions.connectors.reading import read_toml
from callingcard.functions.connectors.stubs import stub_of
from callingcard.functions.model.connectors import Connector
from callingcard.functions.model.values import Json
from callingcard.kit.codec import canonical_json

KEPT: Final = 64


class ThreadedWorkshop:
    """The port ``Workshop``."""

    def __init__(self) -> None:
        self._made: OrderedDict[bytes, Connector] = OrderedDict()

    async def make(
        self, name: str, definition: Mapping[str, Json], document: str | None
    ) -> Connector:
        """Return the connector; raises DefinitionRefused, DocumentRefused."""
        parts = canonical_json([name, definition]), (document or "").encode()
        key = hashlib.sha256(b"\0".join(parts)).digest()
        found = self._made.get(key)
        if found is None:
            # Without a document it takes less time than a thread does to start.
            found = (
                read_connector(name, definition)
                if document is None
                else await asyncio.to_thread(read_connector, name, definition, document)
            )
            self._made[key] = found
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        return found

    async def stub(self, connector: Connector) -> str:
        """Return its ``.pyi``."""
        return await asyncio.to_thread(stub_of, connector)

    async def changes(self, old: Connector, new: Connector) -> Sequence[str]:
        """Say in sentences what *new* does otherwise than *old*."""
        return await asyncio.to_thread(changes, old, new)

    def built_in(self) -> Mapping[str, Mapping[str, Json]]:
        """Return the definitions that come with the product, by name."""
        return built_in()


@cache
def built_in() -> Mapping[str, Mapping[str, Json]]:
    """Return the definitions that come with the product, by name.

    >>> sorted(built_in())
    ['crisp', 'discord', 'http', 'hubspot', 'slack', 'slack_webhook', 'teams']
    """
    folder = files("callingcard.functions.connectors") / "built_in"
    return {
        one.name.removesuffix(".toml"): read_toml(one.read_text(encoding="utf-8"))
        for one in sorted(folder.iterdir(), key=lambda one: one.name)
        if one.name.endswith(".toml")
    }
