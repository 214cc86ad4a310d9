"""Runs a function on its author's machine: the real sandbox, and nothing of a server.

What is remembered is in a database in a temporary folder, and gone at the end.
"""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

from callingcard.backends.bus import Bus
from callingcard.backends.choose import open_database
from callingcard.backends.guarded import GuardedFetch
from callingcard.cli.functions.local_connectors import (
    AlwaysOurs,
    LocalConnectors,
    LocalSecrets,
)
from callingcard.errors import ConfigError
from callingcard.functions.connectors.calling import ConnectorCaller
from callingcard.functions.connectors.oauth import Tokens
from callingcard.functions.model.manifest import MIB
from callingcard.functions.model.runs import CallRecord, RunVisitor
from callingcard.functions.model.storage import Quota
from callingcard.functions.model.values import Json, RunId
from callingcard.functions.model.versions import Version
from callingcard.functions.packages.environments import UvPackages
from callingcard.functions.packages.resolver import Resolver
from callingcard.functions.ports.connectors import ConnectorCalls
from callingcard.functions.ports.sandbox import Outcome, Task
from callingcard.functions.sandbox.sandboxes import ForkSandbox
from callingcard.functions.service.deploying.deploy import TellStep, VersionMaker
from callingcard.functions.service.deploying.manifests import Ceilings
from callingcard.functions.service.remembering.data_keys import DataKeys
from callingcard.functions.service.remembering.leases import BEAT_EVERY, Leases
from callingcard.functions.service.remembering.storage_calls import StorageCalls
from callingcard.functions.service.running.broker import RunBroker
from callingcard.functions.service.running.parameters import check_arguments
from callingcard.functions.service.running.redaction import Redactor
from callingcard.functions.store.schema import metadata
from callingcard.functions.store.secrets import SqlSecrets
from callingcard.functions.store.storage import SqlStorage
from callingcard.kit.clock import SystemClock
from callingcard.kit.ids import random_id
from callingcard.server.settings.model import Settings, environment

AroundCalls: TypeAlias = Callable[[ConnectorCalls], ConnectorCalls]
"""Returns what functions call in place of the true connectors, such as a recording."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A run, and what it asked for meanwhile."""

    outcome: Outcome
    calls: tuple[CallRecord, ...]


def ceilings_of(settings: Settings) -> Ceilings:
    """Return the most that a function may ask for by these settings."""
    return Ceilings(
        wall=timedelta(seconds=settings.functions.max_seconds),
        memory_bytes=settings.functions.max_memory_mib * MIB,
    )


@dataclass(frozen=True, slots=True)
class Bench:
    """Makes a version of a file and runs it."""

    maker: VersionMaker
    sandbox: ForkSandbox
    connectors: ConnectorCalls
    storage: StorageCalls

    async def make(self, name: str, source: str, *, tell: TellStep) -> Version:
        """Return what a source comes to; raises what a deploy raises."""
        return await self.maker.make(name, source, by="command line", tell=tell)

    async def run(
        self,
        version: Version,
        arguments: Mapping[str, Json],
        *,
        visitor: RunVisitor | None = None,
        on_log: Callable[[str], None] | None = None,
    ) -> Ran:
        """Run a version once; raises Invalid for arguments that ``main`` does not take."""
        check_arguments(version, arguments)
        run = RunId(random_id("run_"))
        broker = RunBroker(
            run,
            version,
            connectors=self.connectors,
            storage=self.storage,
            redactor=Redactor(version.manifest.sensitive),
        )
        task = Task(
            run=run,
            function=version.function,
            source=version.source,
            arguments=arguments,
            environment=version.environment,
            visitor=visitor,
            connectors=version.manifest.connectors,
            storage=version.manifest.storage,
            limits=version.manifest.limits,
        )
        beating = asyncio.create_task(self._beat(run))
        try:
            outcome = await self.sandbox.run(task, broker, on_log=on_log)
        finally:
            beating.cancel()
        return Ran(outcome, broker.records)

    async def _beat(self, run: RunId) -> None:
        """Keep the run's leases while it lives."""
        while True:
            await asyncio.sleep(BEAT_EVERY.total_seconds())
            await self.storage.beat([run])


@asynccontextmanager
async def open_bench(
    folder: Path, settings: Settings, *, around: AroundCalls | None = None
) -> AsyncGenerator[Bench]:
    """Open what a function in *folder* needs; raises ConfigError where nothing may run."""
    if settings.functions.floor == "off":
        raise ConfigError("functions.floor is off, so nothing may be run here")
    clock = SystemClock()
    home = settings.data_dir / "functions"
    with tempfile.TemporaryDirectory(prefix="callingcard-") as temporary:
        if not settings.data_dir.exists():
            home = Path(temporary) / "functions"
        packages = UvPackages(home, Resolver(home / "uv", environ=environment()), clock)
        sandbox = ForkSandbox(locate=packages.locate, floor=settings.functions.floor)
        database = open_database("sqlite", Path(temporary))
        fetch = GuardedFetch()
        try:
            async with database.writing() as connection:
                await connection.run_sync(metadata.create_all)
            known = LocalSecrets(settings)
            tokens = Tokens(fetch, known, AlwaysOurs(), clock=clock, new_id=random_id)
            caller = ConnectorCaller(fetch, known, tokens, clock=clock)
            local = LocalConnectors(folder / "connectors", settings, caller)
            store = SqlStorage(database)
            keys = DataKeys(SqlSecrets(database), [secrets.token_bytes(32)], clock=clock)
            leases = Leases(store, store, Bus(), clock=clock)
            yield Bench(
                maker=VersionMaker(
                    sandbox, packages, local, clock, ceilings=ceilings_of(settings)
                ),
                sandbox=sandbox,
                connectors=around(local) if around else local,
                storage=StorageCalls(store, leases, keys, clock=clock, quota=Quota()),
            )
        finally:
            await sandbox.close()
            await fetch.close()
            await database.close()


def shown_calls(calls: Sequence[CallRecord]) -> list[tuple[str, ...]]:
    """Return calls as lines of a table."""
    return [
        (
            f"{call.name}.{call.operation}",
            str(call.status or ""),
            f"{call.duration_ms:.1f} ms",
            call.error,
        )
        for call in calls
    ]
