"""Opens the sealed store, which settings may need before anything else of functions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from callingcard.functions.service.connecting.connectors import ConnectorDesk
from callingcard.functions.service.remembering.data_keys import DataKeys
from callingcard.functions.service.remembering.secrets import SecretDesk
from callingcard.functions.service.remembering.storage import StorageDesk
from callingcard.functions.store.secrets import SqlSecrets
from callingcard.functions.store.storage import SqlStorage
from callingcard.functions.store.storage_records import SqlStorageRecords
from callingcard.server.functions.around import Around
from callingcard.server.sites.registry import Sites


class Uses:
    """Knows what uses each secret, once those who use them are there."""

    def __init__(self) -> None:
        self.connectors: ConnectorDesk | None = None
        self.sites: Sites | None = None
        self.channels: Collection[str] = ()

    async def __call__(self) -> Mapping[str, Sequence[str]]:
        """Return the users of each secret, for people to read."""
        found: dict[str, list[str]] = {}
        if self.connectors is not None:
            for name, users in (await self.connectors.uses_of_secrets()).items():
                found.setdefault(name, []).extend(users)
        if self.sites is not None:
            for name, users in self.sites.secrets().items():
                found.setdefault(name, []).extend(users)
        for name in self.channels:
            found.setdefault(name, []).append("alerts")
        return found


@dataclass(frozen=True, slots=True)
class SealedHouse:
    """What is kept sealed: secrets, and what functions remember."""

    keys: DataKeys
    secrets: SecretDesk
    storage: StorageDesk
    uses: Uses


def open_sealed(around: Around) -> SealedHouse:
    """Open the sealed store; whatever names a secret can be revealed from now on."""
    store = SqlSecrets(around.database)
    keys = DataKeys(store, around.secrets, clock=around.clock)
    storage = StorageDesk(
        SqlStorage(around.database),
        SqlStorageRecords(around.database),
        keys,
        clock=around.clock,
        quota=around.quota,
    )
    uses = Uses()
    desk = SecretDesk(store, keys, clock=around.clock, uses=uses, also=[storage])
    return SealedHouse(keys, desk, storage, uses)
