"""A sealed store on a real database."""

from collections.abc import Sequence

import pytest

from callingcard.backends.database import Database
from callingcard.functions.service.remembering.data_keys import DataKeys
from callingcard.functions.service.remembering.secrets import SecretDesk
from callingcard.functions.store.secrets import SqlSecrets
from callingcard.kit.clock import FakeClock

OLD, NEW = b"the-first-server-key-0123456789-abc", b"the-newer-server-key-9876543210-xyz"


class House:
    """Opens the sealed store of one database, as one process after the other would."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.store = SqlSecrets(database)
        self.clock = clock
        self.uses: dict[str, Sequence[str]] = {}

    def desk(self, *server_secrets: bytes) -> SecretDesk:
        """Return the desk of a process that has just started."""
        keys = DataKeys(self.store, server_secrets or (OLD,), clock=self.clock)
        return SecretDesk(self.store, keys, clock=self.clock, uses=self._uses)

    async def _uses(self) -> dict[str, Sequence[str]]:
        return self.uses


@pytest.fixture
def house(database: Database, clock: FakeClock) -> House:
    """Return the sealed store of an empty database, on each engine in turn."""
    return House(database, clock)
