"""Jobs as rows: lent by compare-and-set, forgotten a while after they ended.

Invariant: no two workers ever hold the same attempt of a job, since only the one whose
update finds the attempt's number as it read it gets the job.
Invariant: of the jobs of one line, only the first that has not ended is ever lent.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    Index,
    Integer,
    String,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Moment
from callingcard.functions.model.jobs import Job, NewJob
from callingcard.functions.store.metadata import metadata

jobs: Final = Table(
    "functions_jobs",
    metadata,
    Column("id", String(300), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("line", String(200), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("lent_until", Moment),
    Column("ended_at", Moment),
    Index("ix_functions_jobs_ended_at_due_at", "ended_at", "due_at"),
    Index("ix_functions_jobs_line", "line"),
)

_earlier = jobs.alias("earlier")
_FREE: Final = and_(
    jobs.c.ended_at.is_(None),
    jobs.c.due_at <= bindparam("now", type_=Moment),
    or_(jobs.c.lent_until.is_(None), jobs.c.lent_until <= bindparam("now", type_=Moment)),
)
_FIRST_OF_LINE: Final = or_(
    jobs.c.line == "",
    ~exists().where(
        _earlier.c.line == jobs.c.line,
        _earlier.c.ended_at.is_(None),
        or_(
            _earlier.c.added_at < jobs.c.added_at,
            and_(_earlier.c.added_at == jobs.c.added_at, _earlier.c.id < jobs.c.id),
        ),
    ),
)
_WAITING: Final = select(jobs.c.id).where(_FREE).limit(1)
_DUE: Final = (
    select(jobs)
    .where(_FREE, _FIRST_OF_LINE)
    .order_by(jobs.c.due_at, jobs.c.id)
    .limit(bindparam("most", type_=Integer))
)
_TAKE: Final = (
    update(jobs)
    .where(jobs.c.id == bindparam("wanted"), jobs.c.attempt == bindparam("seen"), _FREE)
    .values(attempt=jobs.c.attempt + 1, lent_until=bindparam("until"))
)


class SqlJobs:
    """Keeps ``ports.jobs.Jobs`` in one connection's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, new: Sequence[NewJob], *, now: datetime) -> int:
        """Keep jobs unless one of their id was ever added; return how many are new."""
        is_postgres = self._connection.dialect.name == "postgresql"
        insert = postgresql.insert if is_postgres else sqlite.insert
        added = 0
        for job in new:
            row: dict[str, Any] = {
                "id": job.id,
                "kind": job.kind,
                "payload": dict(job.payload),
                "line": job.line,
                "attempt": 0,
                "added_at": now,
                "due_at": job.due_at,
            }
            adding = insert(jobs).values(row).on_conflict_do_nothing().returning(jobs.c.id)
            added += len((await self._connection.execute(adding)).all())
        return added

    async def waiting(self, now: datetime) -> bool:
        """Say whether there may be a job to take, at the cost of a look."""
        return (await self._connection.execute(_WAITING, {"now": now})).first() is not None

    async def take(self, now: datetime, *, until: datetime, limit: int) -> Sequence[Job]:
        """Lend jobs that are due, each to nobody else before *until*."""
        rows = (await self._connection.execute(_DUE, {"now": now, "most": limit})).all()
        taken: list[Job] = []
        for row in rows:
            asked = {"wanted": row.id, "seen": row.attempt, "until": until, "now": now}
            if (await self._connection.execute(_TAKE, asked)).rowcount:
                job = Job(row.id, row.kind, row.payload, row.attempt + 1, row.added_at)
                taken.append(job)
        return taken

    async def renew(self, job: Job, until: datetime) -> bool:
        """Lend *job* for longer; False when it is not ours any more."""
        return await self._change(job, lent_until=until)

    async def end(self, job: Job, *, now: datetime) -> bool:
        """Note that *job* is done, or given up; its payload is forgotten at once."""
        return await self._change(job, ended_at=now, lent_until=None, payload={})

    async def again(self, job: Job, due_at: datetime) -> bool:
        """Give *job* back, to be tried again from *due_at*."""
        return await self._change(job, due_at=due_at, lent_until=None)

    async def sweep(self, before: datetime) -> int:
        """Forget jobs that ended before then; return how many."""
        return (
            await self._connection.execute(delete(jobs).where(jobs.c.ended_at < before))
        ).rowcount

    async def forget(self, lines: Sequence[str]) -> int:
        """Delete the jobs of these lines, whoever is told of them; return how many."""
        named = [jobs.c.line.endswith(f" {line}", autoescape=True) for line in lines]
        if not named:
            return 0
        return (await self._connection.execute(delete(jobs).where(or_(*named)))).rowcount

    async def _change(self, job: Job, **values: Any) -> bool:
        """Change the row of *job* while it is ours: of this attempt, and not ended."""
        ours = and_(
            jobs.c.id == job.id, jobs.c.attempt == job.attempt, jobs.c.ended_at.is_(None)
        )
        changed = await self._connection.execute(update(jobs).where(ours).values(values))
        return changed.rowcount > 0
