"""A deploy is there whole or not at all, on every engine."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.deploying import DESCRIBED, House, house, raised

from callingcard.backends.database import Database
from callingcard.errors import Invalid
from callingcard.functions.errors import UnknownFunction, UnknownVersion
from callingcard.functions.model.runs import RunState
from callingcard.functions.ports.sandbox import Broker, Outcome, Task
from callingcard.functions.service.deploying.deploy import Step
from callingcard.functions.service.deploying.refusals import (
    ConnectorMissing,
    NameTaken,
    SourceRefused,
)
from callingcard.functions.store.versions import SqlVersions
from callingcard.kit.clock import FakeClock

BLOCK = "# /// script\n# [tool.callingcard]\n# {}\n# ///\n"


@pytest.fixture
def here(database: Database, clock: FakeClock) -> House:
    """Return a desk over each database in turn."""
    return house(database, clock)


def source(number: int) -> str:
    """Return a source unlike those of other numbers."""
    return f"def main(): return {number}\n"


async def deployed(here: House, *numbers: int, name: str = "a") -> None:
    """Deploy these sources one after the other, a minute apart."""
    for number in numbers:
        await here.desk.deploy(name, source(number), by="command line")
        here.desk._clock.advance(timedelta(minutes=1))


async def test_a_deploy_counts_at_once(here: House):
    """What was deployed is what the next call runs, with all that is known of it."""
    text = (
        BLOCK.format('connectors = ["hubspot"]').replace(
            "# [tool", '# dependencies = ["httpx"]\n# [tool'
        )
        + "def main(): ..."
    )
    made = await here.desk.deploy("hello", text, by="agent 7")
    assert await here.desk.current("hello") == made
    assert (made.number, made.deployed_by, made.source) == (1, "agent 7", text)
    assert (made.schema, made.returns) == (DESCRIBED["schema"], DESCRIBED["returns"])
    assert (made.lock, made.environment) == ("httpx 1", "env1")
    assert made.manifest.connectors == ("hubspot",)
    assert await here.store.version(made.id) == made
    assert here.news.topics == ["functions"]
    assert here.sandbox.tasks[0].job == "describe"


async def test_a_schema_that_is_not_the_guests_is_not_published(here: House):
    """A package that speaks in the guest's name gets no pattern into our checks."""
    evil = {"type": "object", "properties": {"x": {"pattern": "^(a+)+$"}}}
    here.sandbox.answer = Outcome(RunState.SUCCEEDED, value={"schema": evil, "returns": {}})
    with pytest.raises(SourceRefused, match="did not say what main takes"):
        await deployed(here, 1)
    assert await here.store.versions_of("a") == []


async def test_progress_is_told_step_by_step(here: House):
    """Who waits sees where the deploy is."""
    steps: list[Step] = []
    text = '# /// script\n# dependencies = ["httpx"]\n# ///\ndef main(): ...'
    await here.desk.deploy("a", text, by="x", tell=steps.append)
    assert [step.name for step in steps] == [
        "read",
        "packages",
        "check",
        "describe",
        "publish",
    ]
    assert steps[-1].message == "version 1 counts now"


async def test_the_same_content_again_changes_nothing(here: House):
    """A repeated deploy makes no version."""
    steps: list[Step] = []
    first = await here.desk.deploy("a", source(1), by="x")
    again = await here.desk.deploy("a", source(1), by="y", tell=steps.append)
    assert again == first
    assert "nothing changed" in steps[-1].message
    assert len(await here.desk.versions("a")) == 1


async def test_newer_packages_make_a_version(here: House):
    """The same source with another lock is another content."""
    text = '# /// script\n# dependencies = ["httpx"]\n# ///\ndef main(): ...'
    await here.desk.deploy("a", text, by="x")
    newer = await here.desk.deploy("a", text, by="x", upgrade=True)
    assert (newer.number, newer.environment) == (2, "env2")


async def test_content_of_before_counts_again_under_its_number(here: House):
    """Deploying what version 1 was makes version 1 count."""
    await deployed(here, 1, 2, 1)
    assert (await here.desk.current("a")).number == 1
    assert [version.number for version in await here.desk.versions("a")] == [2, 1]


async def test_equal_sources_of_two_functions_are_two_versions(here: House):
    """A version belongs to one function."""
    one = await here.desk.deploy("a", source(1), by="x")
    other = await here.desk.deploy("b", source(1), by="x")
    assert one.id != other.id
    assert [function.name for function in await here.store.all()] == ["a", "b"]


async def test_a_rollback_is_only_a_pointer(here: House):
    """By number, by id, or to whatever counted before; and it is written down who did it."""
    await deployed(here, 1, 2, 3)
    assert (await here.desk.rollback("a", "1", by="agent 1")).number == 1
    assert (await here.desk.current("a")).source == source(1)
    third = await here.desk.version("a", "3")
    assert (await here.desk.rollback("a", third.id, by="agent 2")) == third
    releases = await here.desk.releases("a")
    assert {(r.kind, r.number, r.by) for r in releases} == {
        ("deploy", 1, "command line"),
        ("deploy", 2, "command line"),
        ("deploy", 3, "command line"),
        ("rollback", 1, "agent 1"),
        ("rollback", 3, "agent 2"),
    }


async def test_going_back_without_a_version_is_to_the_one_before(here: House):
    """Twice goes there and back again."""
    await deployed(here, 1, 2, 3)
    back = []
    for _ in range(2):
        back.append((await here.desk.rollback("a", None, by="x")).number)
        here.desk._clock.advance(timedelta(minutes=1))
    assert back == [2, 3]


async def test_there_is_no_going_back_from_the_first(here: House):
    """Nor to a version of another function, nor of none."""
    await deployed(here, 1)
    await deployed(here, 2, name="b")
    other = await here.desk.current("b")
    for name, version in (("a", None), ("a", "9"), ("a", other.id)):
        with pytest.raises(UnknownVersion):
            await here.desk.rollback(name, version, by="x")
    with pytest.raises(UnknownFunction):
        await here.desk.rollback("nope", None, by="x")


async def test_a_deleted_function_is_gone(here: House):
    """With its versions and its draft, but not with what it remembered, unless asked."""
    await deployed(here, 1, 2)
    await here.desk.save_draft("a", "draft")
    await here.desk.delete("a", by="x")
    for asking in (here.desk.current("a"), here.desk.versions("a"), here.desk.get("a")):
        with pytest.raises(UnknownFunction):
            await asking
    assert here.erased.functions == []
    assert (await here.desk.releases("a"))[0].kind == "delete"
    await deployed(here, 5)
    assert (await here.desk.current("a")).number == 1
    await here.desk.delete("a", by="x", storage=True)
    assert here.erased.functions == ["a"]
    with pytest.raises(UnknownFunction):
        await here.desk.delete("a", by="x")


@pytest.mark.parametrize("is_draft", [True, False])
async def test_a_deploy_does_not_bring_back_what_was_deleted_meanwhile(
    here: House, monkeypatch: pytest.MonkeyPatch, *, is_draft: bool
):
    """Who deletes a function while its next version is made has deleted it."""
    if is_draft:
        await here.desk.save_draft("a", source(1))
    else:
        await deployed(here, 1)
    run = here.sandbox.run

    async def slow(task: Task, broker: Broker) -> Outcome:
        await here.desk.delete("a", by="x")
        return await run(task, broker)

    monkeypatch.setattr(here.sandbox, "run", slow)
    with pytest.raises(UnknownFunction):
        await deployed(here, 2)
    assert await here.store.versions_of("a") == []
    assert await here.desk.list() == ([], [])


async def test_publishing_again_needs_what_is_there(here: House):
    """Between the last look and the write nobody can slip in either."""
    first = await here.desk.deploy("a", source(0), by="x")
    await here.desk.delete("a", by="x")
    with pytest.raises(UnknownFunction):
        await here.store.publish(first, keep=3, again=True)
    assert await here.desk.list() == ([], [])


async def test_only_so_many_versions_are_kept(here: House):
    """The oldest go, and never the one that counts."""
    first = await here.desk.deploy("a", source(0), by="x")
    for number in range(1, 5):
        made = replace(first, id=f"id{number}", source=source(number))
        await here.store.publish(made, keep=3)
    assert [version.number for version in await here.desk.versions("a")] == [5, 4, 3]
    await here.desk.rollback("a", "3", by="x")
    for number in range(5, 8):
        await here.store.publish(replace(first, id=f"id{number}"), keep=2)
        await here.store.point("a", "id2", by="x", at=first.deployed_at)
    kept = [version.number for version in await here.desk.versions("a")]
    assert kept[:2] == [8, 7]


async def test_locks_of_kept_versions_are_known(here: House):
    """What a rollback could go to must not be collected."""
    text = '# /// script\n# dependencies = ["httpx"]\n# ///\ndef main(): ...'
    await here.desk.deploy("a", text, by="x")
    await here.desk.deploy("a", source(1), by="x")
    assert await here.store.locks() == {"httpx 1"}


async def test_functions_using_a_connector_are_known(here: House):
    """By what counts now, not by what once did."""
    uses = BLOCK.format('connectors = ["hubspot"]') + "def main(): ..."
    await here.desk.deploy("uses", uses, by="x")
    await here.desk.deploy("used", uses, by="x")
    await here.desk.deploy("used", source(1), by="x")
    assert [v.function for v in await here.store.functions_using("hubspot")] == ["uses"]


async def test_a_missing_connector_stops_a_deploy(here: House):
    """Before anything is resolved or run."""
    here.shelf.installed.clear()
    with pytest.raises(ConnectorMissing, match=r"line 3: there is no connector hubspot"):
        await here.desk.deploy("a", BLOCK.format('connectors = ["hubspot"]'), by="x")
    assert here.sandbox.tasks == []


@pytest.mark.parametrize(
    ("answer", "line", "said"),
    [
        (raised("no", 4), 4, "ValueError: no"),
        (Outcome(RunState.TIMED_OUT), 1, "Crash: the process ended without a word"),
        (Outcome(RunState.SUCCEEDED, "nonsense"), 1, "the sandbox did not say"),
    ],
)
async def test_what_cannot_be_described_is_not_deployed(
    here: House, answer: Outcome, line: int, said: str
):
    """The finding stands on the function's own line, and the old version still counts."""
    await deployed(here, 1)
    here.sandbox.answer = answer
    with pytest.raises(SourceRefused) as caught:
        await here.desk.deploy("a", source(2), by="x")
    (found,) = caught.value.findings
    assert found.line == line
    assert found.message.startswith(said)
    assert (await here.desk.current("a")).number == 1


@pytest.mark.parametrize("name", ["", "A", "a_b", "9a", "a" * 64, "a/b", "../a", "é"])
async def test_a_name_is_part_of_a_url(here: House, name: str):
    """Lower case, digits and hyphens, a letter first."""
    with pytest.raises(Invalid):
        await here.desk.deploy(name, source(1), by="x")


async def test_deploys_at_once_are_never_mixed(here: House):
    """Each gets a number of its own, and what counts is one of them, whole."""
    texts = {source(number) for number in range(8)}
    made = await asyncio.gather(
        *(here.desk.deploy("a", text, by="x") for text in sorted(texts))
    )
    assert sorted(version.number for version in made) == list(range(1, 9))
    current = await here.store.current("a")
    assert current in made
    assert {version.source for version in await here.desk.versions("a")} == texts


async def test_what_another_node_deployed_counts_within_a_second(
    here: House, database: Database, clock: FakeClock
):
    """The answer is remembered for a second, and no longer."""
    await deployed(here, 1)
    await here.desk.current("a")
    elsewhere = house(database, FakeClock(clock.now()))
    await elsewhere.desk.deploy("a", source(2), by="x")
    assert (await here.desk.current("a")).number == 1
    clock.advance(timedelta(seconds=1))
    assert (await here.desk.current("a")).number == 2


async def test_a_trial_is_not_stored(here: House):
    """The editor's Run makes a version that nobody else sees."""
    made = await here.desk.trial("a", source(1))
    assert made.schema == DESCRIBED["schema"]
    with pytest.raises(UnknownFunction):
        await here.desk.current("a")


async def test_a_draft_is_kept_until_it_is_deployed(here: House):
    """A draft of other content stays."""
    await here.desk.save_draft("a", source(1), new=True)
    with pytest.raises(NameTaken):
        await here.desk.save_draft("a", source(1), new=True)
    found, draft = await here.desk.get("a")
    assert found is None
    assert draft is not None
    assert draft.source == source(1)
    await here.desk.deploy("a", source(2), by="x")
    assert (await here.desk.get("a"))[1] is not None
    await here.desk.deploy("a", source(1), by="x")
    assert (await here.desk.get("a"))[1] is None
    with pytest.raises(NameTaken):
        await here.desk.save_draft("a", source(1), new=True)


async def test_a_write_that_fails_leaves_nothing(database: Database, here: House):
    """A version and the pointer to it come together or not at all."""
    await deployed(here, 1)
    current = await here.store.current("a")
    assert current is not None
    broken = replace(current, id="new", deployed_by=None)  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r"(?i)null"):
        await SqlVersions(database).publish(broken, keep=10)
    assert await here.store.current("a") == current
    assert len(await here.store.versions_of("a")) == 1
