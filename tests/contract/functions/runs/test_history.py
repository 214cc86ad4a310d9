"""History says what happened, stays within bounds, and is never wrong about an end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from tests.support.run_house import NOON, Told, until

from callingcard.backends.database import Database
from callingcard.errors import Invalid
from callingcard.functions.model.runs import CallRecord, Failure, Frame, Run, RunState
from callingcard.functions.model.values import FunctionName, RunId, VersionId
from callingcard.functions.ports.runs import Kept, RunFilter
from callingcard.functions.store.running.run_care import SqlRunCare
from callingcard.functions.store.running.run_journal import RunJournal
from callingcard.functions.store.running.runs import Ended, SqlRuns
from callingcard.kit.clock import FakeClock
from callingcard.kit.codec import base64url

FULL = Run(
    id=RunId("run_full"),
    function=FunctionName("greet"),
    version=VersionId("v1"),
    trigger="http",
    state=RunState.RAISED,
    started_at=NOON,
    input={"n": [1, None, "é"]},
    output=None,
    log="one\ntwo\n",
    calls=(CallRecord("connector", "shop", "make", 1.5, 2.25, 200, ""),),
    failure=Failure("ValueError", "100% wrong", (Frame("main", 3, "x()", "main"),)),
    fingerprint="f" * 64,
    duration=timedelta(milliseconds=1500),
    queued=timedelta(milliseconds=2),
    cpu=timedelta(milliseconds=3),
    memory_bytes=4,
    start="cold",
    node="node-1",
    replay_of=RunId("run_before"),
    extra={"caller": "key 1"},
)


def ended(number: int, **more: Any) -> Ended:
    """Return a run that ended, one minute after the one before."""
    values: dict[str, Any] = {
        "id": RunId(f"run_{number:05}"),
        "state": RunState.SUCCEEDED,
        "started_at": NOON + timedelta(minutes=number),
        "failure": None,
        **more,
    }
    return Ended(Kept(replace(FULL, **values), number=1), fresh=True)


def begun(name: str, node: str = "node-1") -> Kept:
    """Return a run that has not ended."""
    run = replace(FULL, id=RunId(name), state=RunState.RUNNING, duration=None, failure=None)
    return Kept(replace(run, node=node))


async def ids(store: SqlRuns, **wanted: Any) -> list[str]:
    """Return the ids of the runs that a filter finds."""
    page = await store.page(RunFilter(**wanted), cursor="", limit=100)
    return [kept.run.id for kept in page.runs]


@pytest.fixture
def store(database: Database) -> SqlRuns:
    """Return an empty history."""
    return SqlRuns(database)


@pytest.fixture
def care(database: Database) -> SqlRunCare:
    """Return who keeps it in order."""
    return SqlRunCare(database)


@pytest.fixture
async def journal(store: SqlRuns) -> AsyncIterator[RunJournal]:
    """Return who writes it."""
    found = RunJournal(store, notify=lambda _: None)
    yield found
    await found.close()


async def test_a_run_comes_back_as_it_was(store: SqlRuns):
    """Every field of a run survives the database."""
    await store.write([], [Ended(Kept(FULL, number=7, sealed=b"sealed"), fresh=True)])
    assert await store.get("run_full") == Kept(FULL, number=7, sealed=b"sealed")
    assert await store.get("run_other") is None


async def test_what_no_database_takes_is_replaced(store: SqlRuns):
    """A function may print NUL and half characters; its run is kept all the same."""
    odd = replace(FULL, log="a\x00b\ud800c", output={"k\x00": "\ud800"}, failure=None)
    await store.write([], [Ended(Kept(odd), fresh=True)])
    kept = await store.get("run_full")
    assert kept is not None
    assert kept.run.log == "a\ufffdb?c"


async def test_an_end_is_final(store: SqlRuns, care: SqlRunCare):
    """A node that was taken for dead and comes back does not make its run a success."""
    await store.write([begun("run_1", node="gone")], [])
    [lost] = await care.lose(NOON, node="node-1", alone=True)
    assert (lost.run.id, lost.run.state) == ("run_1", RunState.LOST)
    late = replace(FULL, id=RunId("run_1"), state=RunState.SUCCEEDED)
    await store.write([], [Ended(Kept(late), fresh=False)])
    kept = await store.get("run_1")
    assert kept is not None
    assert kept.run.state is RunState.LOST


async def test_only_the_runs_of_dead_nodes_are_lost(store: SqlRuns, care: SqlRunCare):
    """A node that beat within half a minute keeps its runs."""
    await store.write([begun("run_alive", "alive"), begun("run_dead", "dead")], [])
    await store.write([begun("run_mine", "me")], [])
    await care.beat("alive", NOON)
    await care.beat("dead", NOON - timedelta(seconds=31))
    assert [k.run.id for k in await care.lose(NOON, node="me", alone=False)] == ["run_dead"]
    later = NOON + timedelta(seconds=31)
    assert [k.run.id for k in await care.lose(later, node="me", alone=False)] == ["run_alive"]


async def test_pages_go_through_everything_once(store: SqlRuns):
    """Newest first, each run on one page, also when many began in the same moment."""
    await store.write([], [ended(n, started_at=NOON + timedelta(n // 4)) for n in range(23)])
    seen: list[str] = []
    cursor = ""
    while True:
        page = await store.page(RunFilter(), cursor=cursor, limit=5)
        seen += [kept.run.id for kept in page.runs]
        cursor = page.next
        if not cursor:
            break
    assert seen == [f"run_{number:05}" for number in reversed(range(23))]


BEFORE_ALL = base64url(b"0001-01-01T00:00:00+23:59 r")


@pytest.mark.parametrize(
    "cursor", ["x", "eA", "é", "MjAzMC0wMS0wMQ", "====", "a" * 300, BEFORE_ALL]
)
async def test_a_strange_cursor_is_refused(store: SqlRuns, cursor: str):
    """A cursor is ours or an error, and never a 500."""
    with pytest.raises(Invalid):
        await store.page(RunFilter(), cursor=cursor, limit=5)


async def test_filters_narrow(store: SqlRuns):
    """Function, state, trigger, time and text, each alone and together."""
    failed = Failure("KeyError", "100% wrong")
    await store.write(
        [],
        [
            ended(1, function=FunctionName("other")),
            ended(2, state=RunState.RAISED, failure=failed),
            ended(3, trigger="schedule", log="Hello there"),
        ],
    )
    assert await ids(store, function="other") == ["run_00001"]
    assert await ids(store, state=RunState.RAISED) == ["run_00002"]
    assert await ids(store, trigger="schedule") == ["run_00003"]
    since, until = NOON + timedelta(minutes=2), NOON + timedelta(minutes=3)
    assert await ids(store, since=since, until=until) == ["run_00002"]
    assert await ids(store, text="hello THERE") == ["run_00003"]
    assert await ids(store, text="100%") == ["run_00002"]
    assert await ids(store, text="1%0") == []
    assert await ids(store, text="keyerror", function="other") == []


async def test_the_sweep_keeps_to_its_bounds(store: SqlRuns, care: SqlRunCare):
    """Old runs go, and all but the newest of each function; what still runs stays."""
    many = [ended(n) for n in range(30)]
    old = ended(-100_000, id=RunId("run_old"), function=FunctionName("quiet"))
    kept = ended(1, id=RunId("run_quiet"), function=FunctionName("quiet"))
    await store.write([begun("run_running")], [*many, old, kept])
    await care.sweep(NOON + timedelta(hours=1), oldest=timedelta(days=30), most=10)
    left = await ids(store)
    assert left == [f"run_{n:05}" for n in range(29, 19, -1)] + ["run_quiet", "run_running"]


async def test_activity_is_of_the_last_day(store: SqlRuns, care: SqlRunCare):
    """Twenty-four hours, the quiet ones too, with medians near the truth."""
    now = NOON + timedelta(minutes=30)
    took = [
        ended(n, started_at=NOON, duration=timedelta(milliseconds=10 * (n + 1)))
        for n in range(99)
    ]
    failed = ended(200, started_at=NOON - timedelta(hours=3), state=RunState.TIMED_OUT)
    before = ended(201, started_at=NOON - timedelta(hours=24))
    await store.write([], took[:50])
    await store.write([], [*took[50:], failed, before])
    found = (await care.activity(["greet", "quiet"], now))[FunctionName("greet")]
    assert (found.runs, found.errors, found.last_run_at) == (100, 1, NOON)
    assert len(found.hours) == 24
    assert (found.hours[-1].at, found.hours[-1].runs) == (NOON, 99)
    assert (found.hours[-4].runs, found.hours[-4].errors) == (1, 1)
    assert found.p50 is not None
    assert found.p95 is not None
    assert 0.45 < found.p50.total_seconds() < 0.55
    assert 0.85 < found.p95.total_seconds() < 1.05
    quiet = (await care.activity(["quiet"], now))[FunctionName("quiet")]
    assert (quiet.runs, quiet.p50, quiet.last_run_at) == (0, None, None)


async def test_a_short_run_is_one_row_and_one_write(store: SqlRuns, journal: RunJournal):
    """A start and an end meet before either is written; a long run is updated."""
    journal.started(begun("run_short"))
    journal.ended(Kept(replace(FULL, id=RunId("run_short"))))
    journal.started(begun("run_long"))
    await journal.flush()
    assert {i: await state(store, i) for i in ("run_short", "run_long")} == {
        "run_short": RunState.RAISED,
        "run_long": RunState.RUNNING,
    }
    journal.ended(Kept(replace(FULL, id=RunId("run_long"))))
    await journal.flush()
    assert await state(store, "run_long") is RunState.RAISED


async def state(store: SqlRuns, run_id: str) -> RunState | None:
    """Return where a run stands in the database."""
    kept = await store.get(run_id)
    return kept.run.state if kept else None


async def test_what_is_handed_over_is_soon_on_the_disk(store: SqlRuns, journal: RunJournal):
    """Nobody has to ask for the writing."""
    journal.started(begun("run_1"))

    async def written() -> bool:
        return await state(store, "run_1") is RunState.RUNNING

    await until(written)


async def test_a_database_that_is_away_costs_nothing(store: SqlRuns):
    """What could not be written is written later, in its order, and told once."""
    told, faults = Told(), iter([True, True])
    written = store.write

    async def shaky(started: Any, over: Any) -> None:
        if next(faults, False):
            raise OperationalError("insert", {}, OSError("disk is full"))
        await written(started, over)

    store.write = shaky  # pyright: ignore[reportAttributeAccessIssue]
    journal = RunJournal(store, notify=lambda _: None, sinks=[told])
    journal.started(begun("run_1"))
    with pytest.raises(OperationalError):
        await journal.flush()
    journal.ended(Kept(replace(FULL, id=RunId("run_1"))))
    journal.ended(Kept(replace(FULL, id=RunId("run_none"))))
    with pytest.raises(OperationalError):
        await journal.flush()
    await journal.close()
    assert await state(store, "run_1") is RunState.RAISED
    assert [run.id for run in told.runs] == ["run_1", "run_none"]


async def test_a_row_that_cannot_be_written_costs_itself(store: SqlRuns):
    """One run that the database refuses does not take the others with it."""
    journal = RunJournal(store, notify=lambda _: None)
    bad = replace(FULL, id=RunId("run_bad"), function=None)  # pyright: ignore[reportArgumentType]
    journal.started(begun("run_1"))
    journal.started(Kept(replace(bad, state=RunState.RUNNING, duration=None)))
    journal.started(begun("run_2"))
    await journal.close()
    assert sorted(await ids(store)) == ["run_1", "run_2"]


async def test_hundreds_of_runs_a_second(store: SqlRuns, clock: FakeClock):
    """A thousand runs are a dozen transactions."""
    count = 0
    written = store.write

    async def counted(started: Any, over: Any) -> None:
        nonlocal count
        count += 1
        await written(started, over)

    store.write = counted  # pyright: ignore[reportAttributeAccessIssue]
    journal = RunJournal(store, notify=lambda _: None)
    for number in range(1000):
        journal.started(begun(f"run_{number}"))
        journal.ended(Kept(replace(FULL, id=RunId(f"run_{number}"))))
        await asyncio.sleep(0)
    await journal.close()
    assert count <= 30
    assert len(await ids(store)) == 100
