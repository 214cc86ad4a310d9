"""From a call to its answer and its place in history, on each database."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.support.run_house import RunHouse, gathered, returned, version

from callingcard.backends.database import Database
from callingcard.errors import Conflict, FunctionError, Invalid, TooLarge
from callingcard.functions.errors import (
    Crashed,
    OutOfMemory,
    OutputRefused,
    Raised,
    SandboxUnavailable,
    TimedOut,
    UnknownFunction,
    UnknownRun,
)
from callingcard.functions.model.manifest import HttpTrigger, Manifest, OnError
from callingcard.functions.model.runs import Failure, Frame, RunState, RunVisitor
from callingcard.functions.ports.runs import RunFilter
from callingcard.functions.ports.sandbox import Ask, Broker, Outcome, Task
from callingcard.functions.service.running.run_calls import Call
from callingcard.kit.clock import FakeClock

ADA = RunVisitor("ada-canary@example.com", email_verified=True, user_id="user-canary-1")
TOKENS = Manifest(triggers=(HttpTrigger(),), storage=("tokens",), connectors=("shop",))


@pytest.fixture
async def house(database: Database, clock: FakeClock) -> AsyncIterator[RunHouse]:
    """Return a node with one function."""
    opened = RunHouse(database, clock)
    opened.deploy(version())
    yield opened
    await opened.close()


def call(name: str = "greet", **more: object) -> Call:
    """Return a call over HTTP."""
    values = {"function": name, "arguments": {}, "trigger": "http", **more}
    return Call(**values)  # pyright: ignore[reportArgumentType]


async def fail(_task: Task, _broker: Broker) -> Outcome:
    """Raise, as a function's code may."""
    failure = Failure("ValueError", "no ada-canary@example.com", (Frame("main", 3),))
    return Outcome(RunState.RAISED, failure=failure, log="before\n")


async def test_a_run_is_answered_and_kept(house: RunHouse):
    """The value goes to the caller, and the run into history."""
    done = await house.invoker.invoke(call(arguments={"n": 1}, caller="key 7"))
    assert done.value == {"n": 1}
    kept = await house.desk.get(done.run.id)
    assert (kept.run.state, kept.number) == (RunState.SUCCEEDED, 3)
    assert (kept.run.input, kept.run.output) == ({"n": 1}, {"n": 1})
    assert kept.run.extra == {"caller": "key 7"}
    assert kept.run.duration == timedelta(milliseconds=3)
    assert kept.run == done.run


async def test_nothing_runs_for_a_wrong_call(house: RunHouse):
    """What is wrong with a call is told before anything starts, and leaves no run."""
    house.deploy(version(schema={"required": ["n"]}))
    with pytest.raises(Invalid):
        await house.invoker.invoke(call())
    with pytest.raises(TooLarge):
        await house.invoker.invoke(call(arguments={"n": "x" * 17_000}))
    with pytest.raises(Invalid):
        await house.invoker.invoke(call(arguments={"n": "\ud800"}))
    with pytest.raises(Invalid):
        await house.invoker.invoke(call(arguments={"n": float("nan")}))
    with pytest.raises(UnknownFunction):
        await house.invoker.invoke(call("nobody"))
    assert house.sandbox.tasks == []


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (RunState.RAISED, Raised),
        (RunState.TIMED_OUT, TimedOut),
        (RunState.OUT_OF_MEMORY, OutOfMemory),
        (RunState.CRASHED, Crashed),
        (RunState.TOO_LARGE, OutputRefused),
        (RunState.LOST, Crashed),
    ],
)
async def test_each_end_has_its_error(
    house: RunHouse, state: RunState, kind: type[FunctionError]
):
    """The caller hears which kind of end it was, which run, and nothing from inside."""

    async def end(_task: Task, _broker: Broker) -> Outcome:
        return Outcome(state, failure=Failure("X", "inside-canary"))

    house.sandbox.code = end
    with pytest.raises(kind) as told:
        await house.invoker.invoke(call())
    kept = await house.desk.get(told.value.run_id)
    assert kept.run.state is state
    assert kept.run.fingerprint == "greet X"
    assert "canary" not in str(told.value)


async def test_what_failed_is_kept_without_addresses(house: RunHouse):
    """The author sees the type, the line and the log; a visitor's address is masked."""
    house.sandbox.code = fail
    done = await house.invoker.attempt(call())
    kept = await house.desk.get(done.run.id)
    assert kept.run.failure == Failure("ValueError", "no [redacted]", (Frame("main", 3),))
    assert kept.run.log == "before\n"


async def test_no_token_comes_into_the_database(house: RunHouse, database: Database):
    """A function that mints, caches, prints and returns a token leaves no trace of it."""

    async def mint(task: Task, broker: Broker) -> Outcome:
        made = await broker.answer(Ask("connector", "shop", "make", dict(task.arguments)))
        assert isinstance(made, dict)
        token = made["token"]
        return returned(token, log=f"made {token} for {ADA.email} {ADA.user_id}\n")

    house.deploy(version(manifest=TOKENS))
    house.calls.replies = {"make": {"token": "opaque-canary"}}
    house.sandbox.code = mint
    done = await house.invoker.invoke(call(visitor=ADA, arguments={"email": ADA.email}))
    assert done.value == "opaque-canary"
    kept = await house.desk.get(done.run.id)
    assert kept.run.output == "[redacted]"
    assert kept.run.log == "made [redacted] for [redacted] [redacted]\n"
    async with database.reading() as connection:
        for table in ("functions_runs", "functions_run_people", "functions_run_keys"):
            rows = (await connection.execute(text(f"select * from {table}"))).all()  # noqa: S608
            assert "canary" not in repr(rows)
    assert house.calls.released == [done.run.id]


async def test_a_run_in_flight_finishes_on_its_version(house: RunHouse):
    """A deploy meanwhile changes nothing for it."""
    inside, go = asyncio.Event(), asyncio.Event()

    async def wait(task: Task, _broker: Broker) -> Outcome:
        inside.set()
        await go.wait()
        return returned(task.source)

    house.sandbox.code = wait
    running = asyncio.create_task(house.invoker.invoke(call()))
    await inside.wait()
    house.deploy(version(source="new", id="v2", number=4))
    go.set()
    assert (await running).value == "def main(): ..."
    assert (await house.invoker.invoke(call())).value == "new"


async def test_one_key_is_one_run(house: RunHouse):
    """Fifty calls with one key at the same time run once and all get the answer."""

    async def slow(task: Task, _broker: Broker) -> Outcome:
        await asyncio.sleep(0.05)
        return returned({"token": "answer-canary"})

    house.sandbox.code = slow
    done = await gathered(
        *(house.invoker.invoke(call(idempotency_key="k")) for _ in range(50))
    )
    assert len(house.sandbox.tasks) == 1
    assert {one.run.id for one in done} == {done[0].run.id}
    assert all(one.value == {"token": "answer-canary"} for one in done)
    assert sum(one.repeated for one in done) == 49
    other = await house.invoker.invoke(call(idempotency_key="other"))
    assert other.run.id != done[0].run.id


async def test_a_key_is_good_for_a_day(house: RunHouse):
    """A day later the same key is a new call."""
    first = await house.invoker.invoke(call(idempotency_key="k"))
    house.clock.advance(timedelta(hours=23))
    again = await house.invoker.invoke(call(idempotency_key="k"))
    house.clock.advance(timedelta(hours=2))
    later = await house.invoker.invoke(call(idempotency_key="k"))
    assert first.run.id == again.run.id
    assert later.run.id != first.run.id


async def test_a_failed_run_stays_failed_for_its_key(house: RunHouse):
    """Repeating a call with its key does not try again."""
    house.sandbox.code = fail
    for _ in range(2):
        with pytest.raises(Raised):
            await house.invoker.invoke(call(idempotency_key="k"))
    assert len(house.sandbox.tasks) == 1


async def test_a_key_whose_node_died_does_not_run_again(house: RunHouse, database: Database):
    """After a crash nobody knows whether it happened, so it does not happen twice."""
    dead = RunHouse(database, house.clock, node="dead")
    dead.deploy(version())
    begun = asyncio.Event()

    async def die(_task: Task, _broker: Broker) -> Outcome:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError("never here")

    dead.sandbox.code = die
    dying = asyncio.create_task(dead.invoker.attempt(call(idempotency_key="k")))
    await begun.wait()
    await house.desk.start(alone=True)
    with pytest.raises(Crashed):
        await house.invoker.invoke(call(idempotency_key="k"))
    assert house.sandbox.tasks == []
    dying.cancel()
    await gathered(dying)
    await dead.close()
    [lost] = (await house.desk.page(RunFilter("greet"))).runs
    assert lost.run.state is RunState.LOST


async def test_a_cancelled_run_is_lost_and_gives_its_leases_back(house: RunHouse):
    """A run that was cut off is never called successful."""
    house.deploy(version(manifest=TOKENS))
    inside = asyncio.Event()

    async def wait(_task: Task, _broker: Broker) -> Outcome:
        inside.set()
        await asyncio.Event().wait()
        raise AssertionError("never here")

    house.sandbox.code = wait
    running = asyncio.create_task(house.invoker.invoke(call()))
    await inside.wait()
    await house.invoker.beat()
    running.cancel()
    await gathered(running)
    [kept] = (await house.desk.page(RunFilter("greet"))).runs
    assert kept.run.state is RunState.LOST
    assert house.calls.released == [kept.run.id]
    assert house.calls.beaten == [frozenset({kept.run.id})]
    await house.invoker.beat()
    assert len(house.calls.beaten) == 1
    assert house.queue.running == 0


async def test_anonymous_is_null_and_the_failure_is_kept(house: RunHouse):
    """A chat opens without a name, and the author still sees why."""
    house.deploy(version(manifest=Manifest(on_error=OnError.ANONYMOUS)))
    house.sandbox.code = fail
    done = await house.invoker.invoke(call())
    assert (done.value, done.fallback) == (None, "anonymous")
    assert (await house.desk.get(done.run.id)).run.state is RunState.RAISED
    with pytest.raises(Raised):
        await house.invoker.invoke(call(trigger="command"))


async def test_stale_is_the_last_answer_to_the_same_question(house: RunHouse):
    """Another visitor's answer, or another input's, is never given."""
    house.deploy(version(manifest=Manifest(on_error=OnError.STALE)))
    await house.invoker.invoke(call(visitor=ADA, arguments={"n": 1}))
    await house.journal.flush()
    house.sandbox.code = fail
    done = await house.invoker.invoke(call(visitor=ADA, arguments={"n": 1}))
    assert (done.value, done.fallback) == ({"n": 1}, "stale")
    for other in (call(visitor=ADA, arguments={"n": 2}), call(arguments={"n": 1})):
        with pytest.raises(Raised):
            await house.invoker.invoke(other)


async def test_without_a_sandbox_nothing_is_called_a_success(house: RunHouse):
    """A machine that cannot run anything says so; the try is in history."""

    async def unavailable(_task: Task, _broker: Broker) -> Outcome:
        raise SandboxUnavailable("no landlock here", retryable=False)

    house.sandbox.code = unavailable
    with pytest.raises(SandboxUnavailable):
        await house.invoker.invoke(call())
    [kept] = (await house.desk.page(RunFilter("greet"))).runs
    assert kept.run.state is RunState.CRASHED


async def test_an_event_gives_what_main_names(house: RunHouse):
    """A function need not take a whole event."""
    house.deploy(version(schema={"properties": {"id": {}}, "additionalProperties": False}))
    arguments = {"id": "1", "at": "noon", "data": {}}
    await house.invoker.attempt(call(trigger="event", arguments=arguments))
    assert house.sandbox.tasks[0].arguments == {"id": "1"}


async def test_a_replay_has_the_true_input(house: RunHouse):
    """What history masked is there again, for the function and nobody else."""
    first = await house.invoker.invoke(call(visitor=ADA, arguments={"token": "true-canary"}))
    assert first.run.input == {"token": "[redacted]"}
    again = await house.desk.replay(first.run.id, by="agent 1")
    assert house.sandbox.tasks[1].arguments == {"token": "true-canary"}
    assert house.sandbox.tasks[1].visitor == ADA
    kept = await house.desk.get(again.run.id)
    assert (kept.run.replay_of, kept.run.trigger) == (first.run.id, "replay")
    assert kept.run.input == {"token": "[redacted]"}


async def test_a_replay_with_a_key_runs_once(house: RunHouse):
    """Pressing the button twice is one replay."""
    first = await house.invoker.invoke(call())
    both = await gathered(
        *(house.desk.replay(first.run.id, by="agent 1", idempotency_key="k") for _ in range(5))
    )
    assert len({one.run.id for one in both}) == 1
    assert len(house.sandbox.tasks) == 2


async def test_a_replay_needs_the_key_that_sealed(house: RunHouse, database: Database):
    """After the old server key was dropped, the input is gone for good and this is said."""
    first = await house.invoker.invoke(call())
    await house.journal.flush()
    other = RunHouse(database, house.clock)
    other.deploy(version())
    other.use_secrets([b"other" * 8])
    with pytest.raises(Conflict):
        await other.desk.replay(first.run.id, by="agent 1")
    with pytest.raises(UnknownRun):
        await other.desk.replay("run_0", by="agent 1")
    await other.close()


async def test_a_person_is_forgotten(house: RunHouse, database: Database):
    """Every run about somebody is told, and goes: as the visitor, or in the input."""
    house.deploy(version(manifest=Manifest(on_error=OnError.STALE)))
    mine = [
        call(visitor=ADA),
        call(arguments={"to": ["ADA-canary@example.com "]}),
        call(visitor=RunVisitor("", email_verified=False, user_id=ADA.user_id)),
        call(visitor=ADA, idempotency_key="k"),
    ]
    for one in mine:
        await house.invoker.invoke(one)
    other = await house.invoker.invoke(call(visitor=RunVisitor("bob@example.com", True)))  # noqa: FBT003
    told = await house.desk.about(email="Ada-Canary@example.com", user_id=ADA.user_id)
    assert [(one["function"], one["state"]) for one in told] == [("greet", "succeeded")] * 4
    assert await house.desk.about(email="nobody@example.com") == []
    assert await house.desk.forget(email="Ada-Canary@example.com", user_id=ADA.user_id) == 4
    assert await house.desk.about(email="Ada-Canary@example.com", user_id=ADA.user_id) == []
    assert [kept.run.id for kept in (await house.desk.page(RunFilter("greet"))).runs] == [
        other.run.id
    ]
    async with database.reading() as connection:
        answers = await connection.scalar(text("select count(*) from functions_last_answers"))
        kept = await connection.scalar(
            text("select count(*) from functions_run_keys where answer is not null")
        )
    assert (answers, kept) == (1, 0)


async def test_an_editors_run_is_of_the_draft(house: RunHouse):
    """What is run is the source that was sent; its version has no number."""
    done = await house.desk.run("greet", "draft", {"n": 1}, by="agent 1", visitor=ADA)
    assert house.sandbox.tasks[0].source == "draft"
    assert (done.kept.number, done.run.trigger) == (None, "editor")
    deployed = await house.desk.run("greet", None, {}, by="agent 1")
    assert deployed.kept.number == 3


async def test_sinks_hear_of_every_end(house: RunHouse):
    """Alerts are told once a run is on the disk, and hold up nobody when they hang."""

    class Hanging:
        """Never comes back."""

        async def run_finished(self, run: object) -> None:
            """Hang."""
            assert run
            await asyncio.Event().wait()

    await house.invoker.invoke(call())
    await house.journal.flush()
    await asyncio.sleep(0)
    assert [run.state for run in house.told.runs] == [RunState.SUCCEEDED]
    house.journal.add_sink(Hanging())
    for _ in range(3):
        await asyncio.wait_for(house.invoker.invoke(call()), 5)
    await asyncio.wait_for(house.journal.flush(), 5)
    assert json.dumps((await house.desk.page(RunFilter("greet"))).next) == '""'
