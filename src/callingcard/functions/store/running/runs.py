"""The history of runs: written in batches by ``run_journal``, looked at here.

Invariant: an end is final. A run that was given up as lost stays lost, whoever comes back.
Invariant: of any number of callers with one idempotency key, one run is written down.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    delete,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from callingcard.backends.database import Database, Engine
from callingcard.errors import Invalid
from callingcard.functions.model.activity import box_of
from callingcard.functions.model.runs import Run, RunState
from callingcard.functions.model.values import RunId
from callingcard.functions.ports.runs import Answered, Kept, RunFilter, RunPage
from callingcard.functions.store.running.run_tables import (
    LIGHT,
    counts,
    kept_of,
    keys,
    last_answers,
    people,
    row_of,
    runs,
)
from callingcard.kit.codec import base64url, parse_rfc3339, unbase64url

KEYS_FOR: Final = timedelta(hours=24)
_RUNNING: Final = RunState.RUNNING.value
_GET: Final = select(runs).where(runs.c.id == bindparam("id"))
_END_COLUMNS: Final = (
    *("state", "ended_at", "duration_us", "queued_us", "cpu_us", "memory_bytes", "start"),
    *("fingerprint", "error_type", "error_message", "detail", "log"),
)
_END: Final = (
    update(runs)
    .where(runs.c.id == bindparam("the_id"), runs.c.state == _RUNNING)
    .values({name: bindparam(f"new_{name}") for name in _END_COLUMNS})
)
_ANSWER: Final = (
    update(keys)
    .where(keys.c.function == bindparam("the_function"), keys.c.key == bindparam("the_key"))
    .values(answer=bindparam("the_answer"))
)
_KEY: Final = select(keys).where(
    keys.c.function == bindparam("function"), keys.c.key == bindparam("key")
)
_LAST: Final = select(last_answers.c.run_id, last_answers.c.answer).where(
    last_answers.c.function == bindparam("function"),
    last_answers.c.question == bindparam("question"),
)


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended; *fresh* when its start was not written down before."""

    kept: Kept
    fresh: bool
    answered: Answered | None = None


class SqlRuns:
    """Keeps history; implements ``ports.runs.History`` and ``RunKeys``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        is_postgres = database.engine is Engine.POSTGRES
        self._insert: Any = postgresql.insert if is_postgres else sqlite.insert

    async def write(self, started: Sequence[Kept], ended: Sequence[Ended]) -> None:
        """Write down what happened, all of it or nothing."""
        new = [*started, *(one.kept for one in ended if one.fresh)]
        ends = [_end(one.kept) for one in ended if not one.fresh]
        answers = [one for one in ended if one.answered is not None]
        async with self._database.writing() as connection:
            await self._add(connection, new)
            if ends:
                await connection.execute(_END, ends)
            await self._count(connection, (one.kept.run for one in ended))
            for one in answers:
                await self._answered(connection, one)

    async def get(self, run_id: str) -> Kept | None:
        """Return one run with everything that is kept of it."""
        async with self._database.reading() as connection:
            row = (await connection.execute(_GET, {"id": run_id})).mappings().one_or_none()
        return None if row is None else kept_of(dict(row))

    async def page(self, wanted: RunFilter, *, cursor: str, limit: int) -> RunPage:
        """Return the next runs; raises Invalid for a cursor that none of ours made."""
        asked = _filtered(select(*LIGHT), wanted)
        if cursor:
            at, run_id = _read_cursor(cursor)
            earlier = and_(runs.c.started_at == at, runs.c.id < run_id)
            asked = asked.where(or_(runs.c.started_at < at, earlier))
        asked = asked.order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(limit + 1)
        async with self._database.reading() as connection:
            rows = (await connection.execute(asked)).mappings().all()
        found = [kept_of(dict(row)) for row in rows[:limit]]
        return RunPage(found, _cursor(found[-1].run) if len(rows) > limit else "")

    async def ended(self, function: str, *, since: datetime, but: str) -> Sequence[Kept]:
        """Return the runs of other nodes than *but* that ended after *since*, oldest first."""
        longest = timedelta(minutes=16)
        asked = (
            select(runs)
            .where(
                runs.c.function == function,
                runs.c.started_at > since - longest,
                runs.c.ended_at > since,
                runs.c.node != but,
            )
            .order_by(runs.c.ended_at)
            .limit(200)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(asked)).mappings().all()
        return [kept_of(dict(row)) for row in rows]

    async def claim(self, function: str, key: str, kept: Kept) -> RunId | None:
        """Write *kept* down as the run of *key*; or return the run that has the key."""
        named = {"function": function, "key": key}
        at = kept.run.started_at
        old = delete(keys).where(
            keys.c.function == function, keys.c.key == key, keys.c.claimed_at < at - KEYS_FOR
        )
        mine = self._insert(keys).on_conflict_do_nothing().returning(keys.c.run_id)
        async with self._database.writing() as connection:
            await connection.execute(old)
            row = {**named, "run_id": kept.run.id, "claimed_at": at}
            if (await connection.execute(mine, row)).one_or_none() is not None:
                await self._add(connection, [kept])
                return None
            found = (await connection.execute(_KEY, named)).mappings().one()
            return RunId(found["run_id"])

    async def answer(self, function: str, key: str) -> bytes | None:
        """Return the sealed result that was given under *key*, when there is one."""
        async with self._database.reading() as connection:
            asked = await connection.execute(_KEY, {"function": function, "key": key})
            row = asked.mappings().one_or_none()
        return None if row is None else row["answer"]

    async def last(self, function: str, question: str) -> tuple[RunId, bytes] | None:
        """Return the last run that answered *question*, and what it returned, sealed."""
        async with self._database.reading() as connection:
            asked = await connection.execute(
                _LAST, {"function": function, "question": question}
            )
            row = asked.one_or_none()
        return None if row is None else (RunId(row[0]), row[1])

    async def _add(self, connection: AsyncConnection, new: Sequence[Kept]) -> None:
        """Insert runs; those that are there already were written by a try that seemed lost."""
        if not new:
            return
        await connection.execute(
            self._insert(runs).on_conflict_do_nothing(), [row_of(kept) for kept in new]
        )
        about = [
            {"person": person, "run_id": kept.run.id}
            for kept in new
            for person in dict.fromkeys(kept.people)
        ]
        if about:
            await connection.execute(self._insert(people).on_conflict_do_nothing(), about)

    async def _count(self, connection: AsyncConnection, ended: Iterable[Run]) -> None:
        """Count runs into the boxes that lists are made of."""
        total, failed = (
            Counter[tuple[str, datetime, int]](),
            Counter[tuple[str, datetime, int]](),
        )
        for run in ended:
            place = (
                run.function,
                hour_of(run.started_at),
                box_of(run.duration or timedelta()),
            )
            total[place] += 1
            failed[place] += run.state is not RunState.SUCCEEDED
        if not total:
            return
        adding = self._insert(counts)
        more = {
            "runs": counts.c.runs + adding.excluded.runs,
            "errors": counts.c.errors + adding.excluded.errors,
        }
        upsert = adding.on_conflict_do_update(
            index_elements=["function", "hour", "box"], set_=more
        )
        # In one order everywhere, so that two nodes never wait for each other's rows.
        rows = [
            {"function": f, "hour": h, "box": b, "runs": n, "errors": failed[f, h, b]}
            for (f, h, b), n in sorted(total.items())
        ]
        await connection.execute(upsert, rows)

    async def _answered(self, connection: AsyncConnection, one: Ended) -> None:
        """Keep a result that may be asked for again."""
        run, answered = one.kept.run, one.answered
        if answered is None:
            return
        if answered.key:
            row = {"the_function": run.function, "the_key": answered.key}
            await connection.execute(_ANSWER, {**row, "the_answer": answered.sealed})
        if answered.question:
            adding = self._insert(last_answers)
            names = ("run_id", "person", "answered_at", "answer")
            upsert = adding.on_conflict_do_update(
                index_elements=["function", "question"],
                set_={name: adding.excluded[name] for name in names},
            )
            values = {
                "function": run.function,
                "question": answered.question,
                "run_id": run.id,
                "person": answered.person,
                "answered_at": run.started_at,
                "answer": answered.sealed,
            }
            await connection.execute(upsert, values)


def hour_of(moment: datetime) -> datetime:
    """Return when the hour of *moment* began."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _end(kept: Kept) -> dict[str, Any]:
    """Return what the end of a run changes in its row."""
    row = row_of(kept)
    return {"the_id": row["id"], **{f"new_{name}": row[name] for name in _END_COLUMNS}}


def _filtered(asked: Select[Any], wanted: RunFilter) -> Select[Any]:
    """Narrow *asked* down to what is wanted."""
    if wanted.function:
        asked = asked.where(runs.c.function == wanted.function)
    if wanted.state is not None:
        asked = asked.where(runs.c.state == wanted.state.value)
    if wanted.trigger is not None:
        asked = asked.where(runs.c.trigger == wanted.trigger)
    if wanted.since is not None:
        asked = asked.where(runs.c.started_at >= wanted.since)
    if wanted.until is not None:
        asked = asked.where(runs.c.started_at < wanted.until)
    if wanted.text:
        said = (runs.c.error_type, runs.c.error_message, runs.c.log)
        asked = asked.where(
            or_(*(column.icontains(wanted.text, autoescape=True) for column in said))
        )
    return asked


def _cursor(run: Run) -> str:
    """Return where a page ended."""
    return base64url(f"{run.started_at.isoformat()} {run.id}".encode())


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        moment, _, run_id = unbase64url(cursor).decode("ascii").partition(" ")
        at = parse_rfc3339(moment)
    except (ValueError, OverflowError):
        raise Invalid(
            "This cursor was not made here.", hint="Use the one of the last page's next."
        ) from None
    return at, run_id
