"""Whatever runs do and whenever they die, nobody fills a place beside another."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from callingcard.backends.bus import Bus
from callingcard.backends.choose import open_database
from callingcard.functions.model.storage import Quota
from callingcard.functions.model.values import Json, RunId
from callingcard.functions.ports.sandbox import AskRefused
from callingcard.functions.service.remembering.data_keys import DataKeys
from callingcard.functions.service.remembering.leases import LAPSE, Leases
from callingcard.functions.service.remembering.storage_calls import StorageCalls
from callingcard.functions.store import schema
from callingcard.functions.store.secrets import SqlSecrets
from callingcard.functions.store.storage import SqlStorage
from callingcard.kit.clock import FakeClock

T = TypeVar("T")
RUNS = [RunId(f"run_{n}") for n in range(4)]
TTL = timedelta(seconds=25)


class LeasedPlace(RuleBasedStateMachine):
    """One place that runs on two nodes want, beside a model of who may fill it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.clock = FakeClock()
        self.nodes: list[StorageCalls] = []
        self.databases: list[Any] = []
        self.waiting: dict[RunId, asyncio.Task[Json]] = {}
        self.holder: tuple[RunId, str] | None = None
        self.lost: list[tuple[RunId, str]] = []
        self.heard_at = self.clock.now()
        self.value: str | None = None
        self.ends_at = self.clock.now()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Do *work* to its end."""
        return self.loop.run_until_complete(work)

    @initialize()
    def open(self) -> None:
        """Open two nodes on one empty database."""

        async def make() -> None:
            for _ in range(2):
                database = open_database("sqlite", Path(self.folder.name))
                self.databases.append(database)
                if not self.nodes:
                    async with database.writing() as connection:
                        await connection.run_sync(schema.metadata.create_all)
                keys = DataKeys(SqlSecrets(database), [b"k" * 32], clock=self.clock)
                store = SqlStorage(database)
                leases = Leases(store, store, Bus(), clock=self.clock)
                self.nodes.append(
                    StorageCalls(store, leases, keys, clock=self.clock, quota=Quota())
                )

        self.do(make())

    def node(self, run: RunId) -> StorageCalls:
        """Return the node that *run* runs on."""
        return self.nodes[RUNS.index(run) % 2]

    async def call(self, run: RunId, operation: str, **arguments: Json) -> Json:
        """Ask as *run* does."""
        given = {"key": "k", **arguments}
        return await self.node(run).call("shop", "tokens", operation, given, run=run)

    @property
    def is_free(self) -> bool:
        """Whether the model says that anybody may take the lease."""
        return self.holder is None and not self.has_value

    @property
    def has_value(self) -> bool:
        """Whether the model says that there is a value."""
        return self.value is not None and self.clock.now() < self.ends_at

    @rule(run=st.sampled_from(RUNS))
    def ask(self, run: RunId) -> None:
        """Let *run* ask for the lease, unless it waits or holds it."""
        if run in self.waiting or (self.holder and self.holder[0] == run):
            return

        async def begin() -> asyncio.Task[Json]:
            task = asyncio.create_task(self.call(run, "lease"))
            await asyncio.wait([task], timeout=0.02)
            return task

        self.waiting[run] = self.do(begin())
        self.settle()

    @precondition(lambda self: self.holder is not None)
    @rule()
    def put(self) -> None:
        """Let the holder put its value."""
        assert self.holder is not None
        run, lease = self.holder
        made = self.do(
            self.call(run, "lease_put", lease=lease, value=lease, ttl=TTL.total_seconds())
        )
        assert made == lease
        self.holder, self.value, self.ends_at = None, lease, self.clock.now() + TTL
        self.settle()

    @precondition(lambda self: self.holder is not None)
    @rule(gives_back=st.booleans())
    def give_up(self, *, gives_back: bool) -> None:
        """Let the holder give the lease back, or its run end without a value."""
        assert self.holder is not None
        run, lease = self.holder
        if gives_back:
            self.do(self.call(run, "lease_release", lease=lease))
        else:
            self.do(self.node(run).release(run))
        self.holder = None
        self.lost.append((run, lease))
        self.settle()

    @precondition(lambda self: self.lost)
    @rule(data=st.data())
    def put_late(self, data: st.DataObject) -> None:
        """One that lost its lease puts all the same, and is refused."""
        run, lease = data.draw(st.sampled_from(self.lost))
        with pytest.raises(AskRefused, match="not this run's"):
            self.do(self.call(run, "lease_put", lease=lease, value="late"))

    @rule(beats=st.booleans(), seconds=st.sampled_from([1, 4, 9, 11, 30]))
    def wait(self, *, beats: bool, seconds: int) -> None:
        """Let time pass; the holder is heard of before, or has died."""
        if beats and self.holder:
            self.do(self.node(self.holder[0]).beat([self.holder[0]]))
            self.heard_at = self.clock.now()
        self.clock.advance(timedelta(seconds=seconds))
        if self.holder and self.clock.now() >= self.heard_at + LAPSE:
            self.lost.append(self.holder)
            self.holder = None
        self.settle()

    def settle(self) -> None:
        """Let those who wait find out, and check what they are told against the model."""

        async def look() -> None:
            async with asyncio.timeout(10):
                while self.waiting and (self.has_value or self.is_free):
                    done, _ = await asyncio.wait(
                        self.waiting.values(), return_when=asyncio.FIRST_COMPLETED
                    )
                    self.told(done)

        self.do(look())
        self.told({task for task in self.waiting.values() if task.done()})

    def told(self, done: set[asyncio.Task[Json]]) -> None:
        """Take the answers of those who waited into the model."""
        for run, task in list(self.waiting.items()):
            if task not in done:
                continue
            del self.waiting[run]
            answer = task.result()
            assert isinstance(answer, dict)
            if answer["hit"]:
                assert self.has_value
                assert answer["value"] == self.value
            else:
                assert self.is_free, f"{run} holds beside {self.holder}"
                self.holder = (run, str(answer["lease"]))
                self.heard_at = self.clock.now()

    @invariant()
    def whoever_waits_waits_for_somebody(self) -> None:
        """Nobody waits while there is a value or the place is free."""
        if self.waiting:
            assert not self.has_value
            assert self.holder is not None

    def teardown(self) -> None:
        """Close everything."""

        async def close() -> None:
            for task in self.waiting.values():
                task.cancel()
            await asyncio.gather(*self.waiting.values(), return_exceptions=True)
            for database in self.databases:
                await database.close()

        self.do(close())
        self.loop.close()
        self.folder.cleanup()


LeasedPlace.TestCase.settings = settings(max_examples=15, stateful_step_count=20)


class TestLeases(LeasedPlace.TestCase):
    """Runs the machine."""
