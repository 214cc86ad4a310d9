"""Opens what runs functions, and what remembers the runs."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from callingcard.backends.database import Engine
from callingcard.backends.gate import AsyncBell
from callingcard.functions.api.running.live import LiveRuns
from callingcard.functions.service.remembering.leases import Leases
from callingcard.functions.service.remembering.storage_calls import StorageCalls
from callingcard.functions.service.running.invoke import House, Invoker
from callingcard.functions.service.running.queue import RunQueue
from callingcard.functions.service.running.run_seals import RunSeals
from callingcard.functions.service.running.runs import Archive, RunDesk
from callingcard.functions.service.telling.fingerprints import fingerprint_of
from callingcard.functions.store.running.run_care import SqlRunCare
from callingcard.functions.store.running.run_journal import RunJournal
from callingcard.functions.store.running.runs import SqlRuns
from callingcard.functions.store.storage import SqlStorage
from callingcard.server.functions.around import Around
from callingcard.server.functions.making import Making
from callingcard.server.functions.metrics import FunctionMetrics
from callingcard.server.functions.sealed import SealedHouse

_DRAIN: Final = timedelta(seconds=5)
"""How long a stopping server waits for runs that nobody waits for any more."""


@dataclass(frozen=True, slots=True)
class Running:
    """What runs functions."""

    invoker: Invoker
    desk: RunDesk
    journal: RunJournal
    live: LiveRuns
    metrics: FunctionMetrics
    alone: bool
    """Whether no other server can be on this database."""

    async def start(self) -> None:
        """Begin to live, and give up what an earlier process left running."""
        await self.desk.start(alone=self.alone)

    async def drain(self) -> None:
        """Let what runs come to its end, for a while."""
        await self.invoker.queue.drain(_DRAIN)


def open_running(around: Around, sealed: SealedHouse, making: Making) -> Running:
    """Open everything; nothing of it runs yet."""
    runs, care = SqlRuns(around.database), SqlRunCare(around.database)
    journal = RunJournal(runs, notify=around.bus.notify)
    live = LiveRuns()
    seals = RunSeals(around.secrets)
    queue = RunQueue(AsyncBell, at_once=around.at_once, line=around.settings.functions.queue)
    house = House(
        deployed=making.functions,
        environments=making.packages.ensure,
        sandbox=making.sandbox,
        connectors=making.connectors,
        storage=_storage_calls(around, sealed),
        journal=journal,
        history=runs,
        keys=runs,
        news=live,
        fingerprint=fingerprint_of,
        seals=seals,
        bells=AsyncBell,
        clock=around.clock,
        node=around.node,
    )
    invoker = Invoker(house, queue)
    desk = RunDesk(
        Archive(runs, journal, care, care, seals),
        invoker,
        making.functions,
        clock=around.clock,
        node=around.node,
        bounds=around.bounds,
    )
    metrics = FunctionMetrics(queue.waiting)
    journal.add_sink(metrics)
    alone = around.database.engine is Engine.SQLITE
    return Running(invoker, desk, journal, live, metrics, alone=alone)


def _storage_calls(around: Around, sealed: SealedHouse) -> StorageCalls:
    """Return what runs remember with."""
    store = SqlStorage(around.database)
    return StorageCalls(
        store,
        Leases(store, store, around.bus, clock=around.clock),
        sealed.keys,
        clock=around.clock,
        quota=around.quota,
    )
