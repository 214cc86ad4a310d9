"""Functions' storage on a real database, opened as several nodes would."""

import itertools
from collections.abc import AsyncIterator

import pytest

from callingcard.backends.bus import Bus
from callingcard.backends.choose import open_database
from callingcard.backends.database import Database, Engine
from callingcard.functions.model.storage import Quota
from callingcard.functions.model.values import Json, RunId
from callingcard.functions.service.remembering.data_keys import DataKeys
from callingcard.functions.service.remembering.leases import Leases
from callingcard.functions.service.remembering.secrets import SecretDesk
from callingcard.functions.service.remembering.storage import StorageDesk
from callingcard.functions.service.remembering.storage_calls import StorageCalls
from callingcard.functions.store.secrets import SqlSecrets
from callingcard.functions.store.storage import SqlStorage
from callingcard.functions.store.storage_records import SqlStorageRecords
from callingcard.kit.clock import FakeClock

SECRET = b"the-server-key-of-storage-0123456789"
_lease_ids = itertools.count(1)


class Node:
    """One server: its own connections and its own bus, on data that others share."""

    def __init__(self, database: Database, clock: FakeClock, quota: Quota) -> None:
        self.database = database
        self.clock = clock
        secrets = SqlSecrets(database)
        self.keys = DataKeys(secrets, [SECRET], clock=clock)
        self.store = SqlStorage(database)
        self.records = SqlStorageRecords(database)
        self.leases = Leases(
            self.store,
            self.store,
            Bus(),
            clock=clock,
            new_id=lambda: f"lease{next(_lease_ids)}",
        )
        self.calls = StorageCalls(self.store, self.leases, self.keys, clock=clock, quota=quota)
        self.desk = StorageDesk(self.store, self.records, self.keys, clock=clock, quota=quota)
        self.secrets = SecretDesk(secrets, self.keys, clock=clock, also=[self.desk])

    async def ask(
        self,
        operation: str,
        *,
        run: str = "run_1",
        function: str = "shop",
        namespace: str = "tokens",
        **arguments: Json,
    ) -> Json:
        """Ask as a running function does."""
        return await self.calls.call(function, namespace, operation, arguments, run=RunId(run))


@pytest.fixture
def quota() -> Quota:
    """Return how much a namespace may hold."""
    return Quota()


@pytest.fixture
def node(database: Database, clock: FakeClock, quota: Quota) -> Node:
    """Return one server on an empty database, on each engine in turn."""
    return Node(database, clock, quota)


@pytest.fixture
async def nodes(
    database: Database,
    clock: FakeClock,
    quota: Quota,
    request: pytest.FixtureRequest,
) -> AsyncIterator[list[Node]]:
    """Return three servers on the same data."""
    opened = [database]
    for _ in range(2):
        if database.engine is Engine.POSTGRES:
            url = request.getfixturevalue("postgres_url")
        else:
            url = f"sqlite:///{database.where}"
        opened.append(open_database(url, request.getfixturevalue("tmp_path")))
    yield [Node(each, clock, quota) for each in opened]
    for each in opened[1:]:
        await each.close()
