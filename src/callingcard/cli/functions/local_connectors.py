"""The connectors of a function that runs on its author's machine, without a server.

``connectors/NAME.toml`` beside the function counts first, then what is installed in the
settings' database, then what comes with the product. Secrets are read from the
environment under their own names, and else from the sealed store.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from callingcard.cli.output import services
from callingcard.errors import NotFound
from callingcard.functions.connectors.calling import ConnectorCaller
from callingcard.functions.connectors.reading import read_toml
from callingcard.functions.connectors.workshop import ThreadedWorkshop
from callingcard.functions.model.connectors import Connector
from callingcard.functions.model.values import Json
from callingcard.functions.ports.connectors import ConnectorReply
from callingcard.functions.ports.sandbox import AskRefused
from callingcard.functions.service.connecting.connectors import Setup
from callingcard.server.settings.model import Settings, environment


@dataclass(frozen=True, slots=True)
class _Named:
    """A secret's name."""

    name: str


class LocalSecrets:
    """Secrets out of the environment, else out of the sealed store."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._new: dict[str, str] = {}

    async def reveal(self, name: str) -> str:
        """Return the value of a secret; raises NotFound."""
        given = self._new.get(name) or environment().get(name)
        if given:
            return given
        if not self._settings.data_dir.exists():
            raise NotFound(
                f"there is no secret {name}", hint=f"Set {name} in the environment."
            )
        async with services(self._settings) as opened:
            return await opened.secrets.reveal(name)

    async def list(self) -> Sequence[_Named]:
        """Return the secrets that were renewed here; nobody lists the environment."""
        return [_Named(name) for name in self._new]

    async def set(self, name: str, value: str, *, by: str) -> None:  # noqa: ARG002  (the port's)
        """Keep a renewed token for as long as this command goes on."""
        self._new[name] = value


class AlwaysOurs:
    """The right to renew a token: on one machine, nobody else wants it."""

    async def claim(self, name: str, holder: str, *, now: datetime, until: datetime) -> bool:  # noqa: ARG002
        """Take the right."""
        return True

    async def release(self, name: str, holder: str) -> None:
        """Give it back."""


class LocalConnectors:
    """Connectors beside a function; implements ``ConnectorCalls`` and ``ConnectorNames``."""

    def __init__(self, folder: Path, settings: Settings, caller: ConnectorCaller) -> None:
        self._folder = folder
        self._settings = settings
        self._caller = caller
        self._workshop = ThreadedWorkshop()
        self._found: dict[str, Connector] = {}
        self._there: Mapping[str, Connector] | None = None

    async def names(self) -> Collection[str]:
        """Return every connector that a function here may declare."""
        beside = {path.stem for path in self._folder.glob("*.toml")}
        return beside | set(self._workshop.built_in()) | set(await self._installed())

    async def call(
        self, name: str, operation: str, arguments: Mapping[str, Json], *, function: str
    ) -> ConnectorReply:
        """Call a connector, truly; raises AskRefused."""
        connector = await self._connector(name)
        if connector is None:
            raise AskRefused("unknown", f"there is no connector {name} for {function}")
        return await self._caller.call(connector, operation, arguments)

    async def _connector(self, name: str) -> Connector | None:
        """Return a connector, from where it is found first."""
        if name not in self._found:
            found = await self._read(name)
            if found is None:
                return None
            self._found[name] = found
        return self._found[name]

    async def _read(self, name: str) -> Connector | None:
        """Return a connector as it is set up somewhere."""
        setup = setup_beside(self._folder, name)
        if setup is None:
            installed = (await self._installed()).get(name)
            if installed is not None:
                return installed
            brought = self._workshop.built_in().get(name)
            setup = None if brought is None else Setup(brought, source="built-in")
        if setup is None:
            return None
        return await self._workshop.make(name, setup.definition, setup.document)

    async def _installed(self) -> Mapping[str, Connector]:
        """Return the connectors of the settings' database, where there is one."""
        if self._there is None:
            self._there = {}
            if self._settings.data_dir.exists():
                async with services(self._settings) as opened:
                    views = await opened.connectors.list()
                self._there = {
                    view.stored.name: view.connector for view in views if view.connector
                }
        return self._there


def setup_beside(folder: Path, name: str) -> Setup | None:
    """Return ``NAME.toml`` of *folder* as it is set up, or None when there is none."""
    path = folder / f"{name}.toml"
    if not path.is_file():
        return None
    definition: dict[str, Any] = read_toml(path.read_text(encoding="utf-8"))
    named = definition.get("openapi")
    document = (folder / named).read_text(encoding="utf-8") if isinstance(named, str) else None
    return Setup(definition, document, source="file")
