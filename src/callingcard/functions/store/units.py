"""Transactions over jobs, schedules and alerts: five stores on one connection."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Database
from callingcard.functions.store.alerts import SqlChannels, SqlDeliveries, SqlGroups
from callingcard.functions.store.jobs import SqlJobs
from callingcard.functions.store.triggers import SqlSchedules
from callingcard.kit.crypto import Sealer


@dataclass(frozen=True, slots=True)
class SqlUnit:
    """One transaction; implements ``ports.units.Unit``."""

    jobs: SqlJobs
    schedules: SqlSchedules
    groups: SqlGroups
    channels: SqlChannels
    deliveries: SqlDeliveries


class SqlUnits:
    """Makes transactions; implements ``ports.units.Units``."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        """Keep channels' URLs in *database*, sealed by *sealer*."""
        self._database = database
        self._sealer = sealer

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[SqlUnit]:
        """Open a transaction that only reads."""
        async with self._database.reading() as connection:
            yield self._unit(connection)

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[SqlUnit]:
        """Open a transaction that is kept at its end, or undone by an exception."""
        async with self._database.writing() as connection:
            yield self._unit(connection)

    def _unit(self, connection: AsyncConnection) -> SqlUnit:
        return SqlUnit(
            jobs=SqlJobs(connection),
            schedules=SqlSchedules(connection),
            groups=SqlGroups(connection),
            channels=SqlChannels(connection, self._sealer),
            deliveries=SqlDeliveries(connection),
        )
