"""Keeps history true and within bounds: nodes that died, old runs, people who left."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Database, Engine
from callingcard.functions.model.activity import HOURS, Activity, Hour, quantile
from callingcard.functions.model.runs import RunState
from callingcard.functions.model.values import FunctionName
from callingcard.functions.ports.runs import Kept
from callingcard.functions.store.running.run_tables import (
    counts,
    kept_of,
    keys,
    last_answers,
    nodes,
    people,
    runs,
)
from callingcard.functions.store.running.runs import KEYS_FOR, hour_of

DEAD_AFTER: Final = timedelta(seconds=30)
ANSWERS_FOR: Final = timedelta(days=7)
"""For how long ``on_error = "stale"`` has something to fall back on."""
_AT_ONCE: Final = 500
_RUNNING: Final = RunState.RUNNING.value
_SINCE: Final = (
    counts.c.function.in_(bindparam("names", expanding=True)),
    counts.c.hour >= bindparam("first"),
)
_RUNS: Final = func.sum(counts.c.runs).label("runs")
_BY_HOUR: Final = (
    select(counts.c.function, counts.c.hour, _RUNS, func.sum(counts.c.errors).label("errors"))
    .where(*_SINCE)
    .group_by(counts.c.function, counts.c.hour)
)
_BY_BOX: Final = (
    select(counts.c.function, counts.c.box, _RUNS)
    .where(*_SINCE)
    .group_by(counts.c.function, counts.c.box)
)
_LAST_RUN: Final = select(func.max(runs.c.started_at)).where(
    runs.c.function == bindparam("function")
)


class SqlRunCare:
    """Implements ``ports.runs.RunCare`` and ``RunNumbers``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def activity(
        self, names: Collection[str], now: datetime
    ) -> Mapping[FunctionName, Activity]:
        """Return the last day of each of these functions."""
        first = hour_of(now) - timedelta(hours=HOURS - 1)
        asked = {"names": list(names), "first": first}
        hours: dict[str, dict[datetime, Hour]] = {name: {} for name in names}
        boxes: dict[str, dict[int, int]] = {name: {} for name in names}
        last: dict[str, datetime | None] = {}
        async with self._database.reading() as connection:
            for name, at, runs_, errors in await connection.execute(_BY_HOUR, asked):
                hours[name][at] = Hour(at, int(runs_), int(errors))
            for name, box, runs_ in await connection.execute(_BY_BOX, asked):
                boxes[name][box] = int(runs_)
            for name in names:
                last[name] = await connection.scalar(_LAST_RUN, {"function": name})
        return {
            FunctionName(name): _activity(hours[name], boxes[name], first, last[name])
            for name in names
        }

    async def beat(self, node: str, now: datetime) -> None:
        """Note that *node* lives."""
        is_postgres = self._database.engine is Engine.POSTGRES
        adding: Any = (postgresql.insert if is_postgres else sqlite.insert)(nodes)
        upsert = adding.on_conflict_do_update(
            index_elements=["node"], set_={"beat_at": adding.excluded.beat_at}
        )
        async with self._database.writing() as connection:
            await connection.execute(upsert, {"node": node, "beat_at": now})

    async def lose(self, now: datetime, *, node: str, alone: bool) -> Sequence[Kept]:
        """Mark the runs of dead nodes as lost, and return them."""
        dead = [runs.c.state == _RUNNING, runs.c.node != node]
        if not alone:
            alive = select(nodes.c.node).where(nodes.c.beat_at > now - DEAD_AFTER)
            dead.append(runs.c.node.not_in(alive))
        async with self._database.reading() as connection:
            if (
                await connection.execute(select(runs.c.id).where(*dead).limit(1))
            ).first() is None:
                return []
        lost = (
            update(runs)
            .where(*dead)
            .values(
                state=RunState.LOST.value,
                ended_at=now,
                error_type="Lost",
                error_message="The server ended meanwhile, so nobody knows what became of it.",
            )
            .returning(*runs.c)
        )
        async with self._database.writing() as connection:
            rows = (await connection.execute(lost)).mappings().all()
        return [kept_of(dict(row)) for row in rows]

    async def sweep(self, now: datetime, *, oldest: timedelta, most: int) -> int:
        """Let go of runs older than *oldest*, and of all but *most* of one function."""
        removed = await self._remove_all(runs.c.started_at < now - oldest)
        async with self._database.reading() as connection:
            many = (
                select(runs.c.function).group_by(runs.c.function).having(func.count() > most)
            )
            crowded = (await connection.execute(many)).scalars().all()
        for name in crowded:
            removed += await self._remove_all(
                runs.c.function == name, runs.c.started_at < await self._newest(name, most)
            )
        async with self._database.writing() as connection:
            for gone in (
                delete(keys).where(keys.c.claimed_at < now - KEYS_FOR),
                delete(last_answers).where(last_answers.c.answered_at < now - ANSWERS_FOR),
                delete(counts).where(counts.c.hour < now - timedelta(hours=2 * HOURS)),
                delete(nodes).where(nodes.c.beat_at < now - timedelta(days=1)),
            ):
                removed += (await connection.execute(gone)).rowcount
        return removed

    async def forget(self, named: Collection[str]) -> int:
        """Remove every run that is about one of these people; return how many."""
        about = select(people.c.run_id).where(people.c.person.in_(list(named)))
        async with self._database.writing() as connection:
            ids = (await connection.execute(about)).scalars().all()
            of_them = last_answers.c.person.in_(list(named)) | last_answers.c.run_id.in_(about)
            await connection.execute(delete(last_answers).where(of_them))
            return await _remove(connection, list(dict.fromkeys(ids)))

    async def about(self, named: Collection[str]) -> Sequence[Kept]:
        """Return every run that is about one of these people, oldest first."""
        theirs = select(people.c.run_id).where(people.c.person.in_(list(named)))
        asked = (
            select(runs).where(runs.c.id.in_(theirs)).order_by(runs.c.started_at, runs.c.id)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(asked)).mappings().all()
        return [kept_of(dict(row)) for row in rows]

    async def _newest(self, function: str, most: int) -> datetime:
        """Return when the oldest run began that may stay."""
        asked = (
            select(runs.c.started_at)
            .where(runs.c.function == function)
            .order_by(runs.c.started_at.desc(), runs.c.id.desc())
            .offset(most - 1)
            .limit(1)
        )
        async with self._database.reading() as connection:
            return (await connection.execute(asked)).scalar_one()

    async def _remove_all(self, *which: Any) -> int:
        """Remove runs that ended, some in each transaction so that others get their turn."""
        asked = select(runs.c.id).where(runs.c.state != _RUNNING, *which).limit(_AT_ONCE)
        removed = 0
        while True:
            async with self._database.writing() as connection:
                ids = (await connection.execute(asked)).scalars().all()
                removed += await _remove(connection, ids)
            if len(ids) < _AT_ONCE:
                return removed


async def _remove(connection: AsyncConnection, ids: Sequence[str]) -> int:
    """Remove these runs with everything that hangs on them."""
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        await connection.execute(delete(people).where(people.c.run_id.in_(some)))
        # The key stays, without its answer: the run must not happen a second time.
        await connection.execute(
            update(keys).where(keys.c.run_id.in_(some)).values(answer=None)
        )
        await connection.execute(delete(runs).where(runs.c.id.in_(some)))
    return len(ids)


def _activity(
    counted: Mapping[datetime, Hour],
    boxes: Mapping[int, int],
    first: datetime,
    last: datetime | None,
) -> Activity:
    """Add up what was counted in the hours since *first*."""
    starts = [first + timedelta(hours=number) for number in range(HOURS)]
    hours = tuple(counted.get(at, Hour(at)) for at in starts)
    return Activity(
        runs=sum(hour.runs for hour in hours),
        errors=sum(hour.errors for hour in hours),
        p50=quantile(boxes, 0.5),
        p95=quantile(boxes, 0.95),
        last_run_at=last,
        hours=hours,
    )
