"""Schedules as rows: where each stands, moved on by compare-and-set.

Invariant: of all servers that find a schedule due, one moves it on, and only that one
adds the job that runs the function.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Column,
    Integer,
    Row,
    String,
    Table,
    and_,
    bindparam,
    delete,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Moment
from callingcard.functions.model.triggers import ScheduleState
from callingcard.functions.model.values import FunctionName
from callingcard.functions.store.jobs import jobs
from callingcard.functions.store.metadata import metadata

schedules: Final = Table(
    "functions_schedules",
    metadata,
    Column("function", String(63), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("cron", String(200), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("next_at", Moment, nullable=False, index=True),
    Column("since", Moment, nullable=False),
    Column("last_at", Moment),
    Column("ran_at", Moment),
    Column("missed", Integer, nullable=False),
)

TABLES: Final = (jobs, schedules)
"""What triggers need of the database."""

_ALL: Final = select(schedules).order_by(schedules.c.function, schedules.c.position)
_DUE: Final = _ALL.where(schedules.c.next_at <= bindparam("now", type_=Moment))


class SqlSchedules:
    """Keeps ``ports.triggers.Schedules`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> Sequence[ScheduleState]:
        """Return every schedule, by function and position."""
        return [_state(row) for row in await self._connection.execute(_ALL)]

    async def due(self, now: datetime) -> Sequence[ScheduleState]:
        """Return those whose time has come."""
        return [_state(row) for row in await self._connection.execute(_DUE, {"now": now})]

    async def put(self, state: ScheduleState) -> None:
        """Keep *state* unless its place is taken by the same cron line and zone."""
        is_postgres = self._connection.dialect.name == "postgresql"
        insert = postgresql.insert if is_postgres else sqlite.insert
        values = asdict(state)
        differs = or_(schedules.c.cron != state.cron, schedules.c.zone != state.zone)
        adding = insert(schedules).values(values)
        await self._connection.execute(
            adding.on_conflict_do_update(
                index_elements=[schedules.c.function, schedules.c.position],
                set_=values,
                where=differs,
            )
        )

    async def drop(self, function: FunctionName, position: int) -> None:
        """Forget a schedule."""
        await self._connection.execute(delete(schedules).where(_at(function, position)))

    async def claim(self, seen: ScheduleState, advanced: ScheduleState) -> bool:
        """Move a schedule on, if it still stands as *seen*."""
        unmoved = and_(
            _at(seen.function, seen.position),
            schedules.c.next_at == seen.next_at,
            schedules.c.cron == seen.cron,
            schedules.c.zone == seen.zone,
        )
        moving = (
            update(schedules)
            .where(unmoved)
            .values(next_at=advanced.next_at, last_at=advanced.last_at, missed=advanced.missed)
        )
        return (await self._connection.execute(moving)).rowcount > 0

    async def ran(self, function: FunctionName, position: int, at: datetime) -> None:
        """Note that a run for this schedule came to an end."""
        noting = update(schedules).where(_at(function, position)).values(ran_at=at)
        await self._connection.execute(noting)


def _at(function: FunctionName, position: int) -> Any:
    return and_(schedules.c.function == function, schedules.c.position == position)


def _state(row: Row[Any]) -> ScheduleState:
    return ScheduleState(
        function=FunctionName(row.function),
        position=row.position,
        cron=row.cron,
        zone=row.zone,
        next_at=row.next_at,
        since=row.since,
        last_at=row.last_at,
        ran_at=row.ran_at,
        missed=row.missed,
    )
