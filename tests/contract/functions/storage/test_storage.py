"""What functions keep: found again, apart, for as long as it was to be, within a quota."""

import asyncio
import json
from collections.abc import Awaitable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from tests.contract.functions.storage.conftest import Node

from callingcard.errors import Invalid
from callingcard.functions.model.storage import Quota, Space, Usage
from callingcard.functions.model.values import Json, RunId
from callingcard.functions.ports.sandbox import AskRefused
from callingcard.functions.service.remembering.storage import UnknownEntry
from callingcard.functions.store.storage import usages, values

DEEP: Json = [[{"a": [None, True, 1, 1.5, "é\u2028\0"]}]]


async def refusal(asked: Awaitable[Json]) -> tuple[str, str]:
    """Return the kind and the message of what must be refused."""
    with pytest.raises(AskRefused) as refused:
        await asked
    return refused.value.kind, refused.value.message


@pytest.mark.parametrize("value", [None, 0, "", DEEP, {"b": 1, "a": 2}, "x" * 65_534])
async def test_a_value_is_found_again_as_it_was(node: Node, value: Json):
    """Any JSON that is small enough comes back equal."""
    await node.ask("set", key="k", value=value)
    assert await node.ask("get", key="k", default="none") == value


async def test_what_is_not_there_is_the_default(node: Node):
    """A key without a value gives the default, or nothing."""
    assert await node.ask("get", key="k") is None
    assert await node.ask("get", key="k", default=[1]) == [1]
    assert await node.ask("delete", key="k") is False
    await node.ask("set", key="k", value=1)
    assert await node.ask("delete", key="k") is True
    assert await node.ask("get", key="k", default="gone") == "gone"


async def test_no_two_keys_meet(node: Node):
    """Lists, text that looks like them, other namespaces and other functions are apart."""
    keys: list[Json] = ["a/b", ["a/b"], ["a", "b"], "a", ["a"], "1", [1], ["1"], '["a"]', ""]
    for number, key in enumerate(keys):
        await node.ask("set", key=key, value=number)
    await node.ask("set", key="a", value="other", namespace="counts")
    await node.ask("set", key="a", value="else", function="other")
    assert [await node.ask("get", key=key) for key in keys] == list(range(len(keys)))
    assert await node.ask("get", key="a", namespace="counts") == "other"
    assert await node.ask("get", key="a", function="other") == "else"
    assert await node.ask("get", key="b", function="other") is None


async def test_a_value_ends_when_it_was_to(node: Node):
    """Until its time has come a value is there; at that moment it is gone."""
    await node.ask("set", key="k", value=1, ttl="11h30m")
    node.clock.advance(timedelta(hours=11, minutes=29, seconds=59))
    assert await node.ask("get", key="k") == 1
    node.clock.advance(timedelta(seconds=1))
    assert await node.ask("get", key="k") is None
    assert await node.ask("list") == []
    assert await node.ask("delete", key="k") is False
    await node.ask("set", key="k", value=1, ttl=1.5)
    await node.ask("set", key="k", value=2)
    node.clock.advance(timedelta(days=500))
    assert await node.ask("get", key="k") == 2


@pytest.mark.slow
async def test_sweeping_removes_what_ended_and_nothing_else(node: Node):
    """Rows go, live ones stay, and the namespace's count is right."""
    for number in range(1203):
        await node.ask("set", key=["n", number], value=1, ttl=60 if number % 3 else None)
    node.clock.advance(timedelta(minutes=1))
    assert await node.desk.sweep(node.clock.now()) == 802
    async with node.database.reading() as connection:
        assert (
            await connection.execute(select(func.count()).select_from(values))
        ).scalar() == 401
        usage = (await connection.execute(select(usages))).one()
        total = (await connection.execute(select(func.sum(values.c.size)))).scalar()
    assert (usage.entries, usage.size) == (401, total)
    assert await node.desk.sweep(node.clock.now()) == 0


async def test_counting_keeps_the_window_that_began_first(node: Node):
    """A counter's time runs from its first step, and then it begins anew."""
    assert await node.ask("incr", key="k", ttl=10) == 1
    node.clock.advance(timedelta(seconds=9))
    assert await node.ask("incr", key="k", by=5, ttl=10) == 6
    node.clock.advance(timedelta(seconds=1))
    assert await node.ask("incr", key="k", by=-2) == -2


async def test_fifty_at_once_count_to_fifty(nodes: list[Node]):
    """No step of a counter is lost, whichever node takes it."""
    seen = await asyncio.gather(*(nodes[n % 3].ask("incr", key="k") for n in range(50)))
    assert sorted(seen, key=lambda n: int(str(n))) == list(range(1, 51))
    assert await nodes[0].ask("get", key="k") == 50


async def test_of_many_that_compare_and_set_one_wins(nodes: list[Node]):
    """Fifty want to replace the same value: one does, and the others are told."""
    await nodes[0].ask("set", key="k", value="free")
    won = await asyncio.gather(
        *(
            nodes[n % 3].ask("compare_and_set", key="k", expected="free", value=n)
            for n in range(50)
        )
    )
    assert won.count(True) == 1
    assert await nodes[1].ask("get", key="k") == won.index(True)


async def test_comparing_is_exact(node: Node):
    """Nothing is None; order of members does not count; kinds of numbers do."""

    async def swap(expected: Json, value: Json) -> Json:
        return await node.ask("compare_and_set", key="k", expected=expected, value=value)

    assert await swap(0, 1) is False
    assert await swap(None, {"a": 1, "b": 2}) is True
    assert await swap({"b": 2, "a": 1}, 1) is True
    assert [await swap(other, 2) for other in (True, 1.0, "1", None)] == [False] * 4
    assert await swap(1, None) is True
    assert await swap(None, "again") is True


async def test_keys_are_listed_in_order_by_prefix(node: Node):
    """Text lists text, a list lists lists by whole parts, and nothing lists everything."""
    keys: list[Json] = ["a", "ab", "a\x7fz", "aé", "b", "é"]
    lists: list[Json] = [["a", 1], ["a", 1, "x"], ["a", 12], ["a", "1"], ["ab", 1], ["a"]]
    for key in [*keys, *lists]:
        await node.ask("set", key=key, value=0)

    async def listed(prefix: Json, limit: int = 100) -> list[str]:
        found = await node.ask("list", prefix=prefix, limit=limit)
        assert isinstance(found, list)
        return sorted(map(repr, found))

    def all_of(*wanted: Json) -> list[str]:
        return sorted(map(repr, wanted))

    assert await listed("a") == all_of("a", "ab", "a\x7fz", "aé")
    assert await listed("a\x7f") == all_of("a\x7fz")
    assert await listed("é") == all_of("é")
    assert await listed(["a"]) == all_of(*(key for key in lists if key != ["ab", 1]))
    assert await listed(["a", 1]) == all_of(["a", 1], ["a", 1, "x"])
    assert await listed([]) == all_of(*lists)
    assert await listed(None) == all_of(*keys, *lists)
    assert len(await listed(None, limit=3)) == 3


@pytest.mark.parametrize(
    ("operation", "arguments", "kind", "why"),
    [
        ("drop", {}, "unknown", "no operation"),
        ("get", {}, "invalid", "needs key"),
        ("get", {"key": "k", "ttl": 1}, "invalid", "takes no 'ttl'"),
        ("get", {"key": 1}, "invalid", "a key is text"),
        ("get", {"key": True}, "invalid", "a key is text"),
        ("get", {"key": None}, "invalid", "a key is text"),
        ("get", {"key": []}, "invalid", "at least one part"),
        ("get", {"key": ["a", ["b"]]}, "invalid", "a key is text"),
        ("get", {"key": ["a", True]}, "invalid", "a key is text"),
        ("get", {"key": ["a", 1.5]}, "invalid", "a key is text"),
        ("get", {"key": [2**53 + 1]}, "invalid", "a key is text"),
        ("get", {"key": "k" * 511}, "invalid", "at most 512 bytes"),
        ("set", {"key": "k", "value": "x" * 65_535}, "limit", "64 KiB"),
        ("set", {"key": "k", "value": float("nan")}, "invalid", "JSON"),
        ("set", {"key": "k", "value": "\ud800"}, "invalid", "Unicode"),
        ("set", {"key": "k", "value": 1, "ttl": 0}, "invalid", "1 second"),
        ("set", {"key": "k", "value": 1, "ttl": -5}, "invalid", "1 second"),
        ("set", {"key": "k", "value": 1, "ttl": True}, "invalid", "seconds"),
        ("set", {"key": "k", "value": 1, "ttl": float("inf")}, "invalid", "seconds"),
        ("set", {"key": "k", "value": 1, "ttl": 1e300}, "invalid", "400 days"),
        ("set", {"key": "k", "value": 1, "ttl": "401d"}, "invalid", "400 days"),
        ("set", {"key": "k", "value": 1, "ttl": "soon"}, "invalid", "length of time"),
        ("set", {"key": "k", "value": 1, "ttl": [1]}, "invalid", "seconds"),
        ("incr", {"key": "k", "by": 1.5}, "invalid", "whole number"),
        ("incr", {"key": "k", "by": True}, "invalid", "whole number"),
        ("incr", {"key": "k", "by": 2**63}, "limit", "63 bits"),
        ("list", {"limit": 0}, "invalid", "from 1 to 1000"),
        ("list", {"limit": 1001}, "invalid", "from 1 to 1000"),
        ("list", {"prefix": {}}, "invalid", "a key is text"),
        ("lease_put", {"key": "k", "lease": 1, "value": 1}, "invalid", "id"),
        ("lease_put", {"key": "k", "lease": "x", "value": 1}, "storage", "not this run's"),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    node: Node, operation: str, arguments: dict[str, Json], kind: str, why: str
):
    """Each wrong ask is told what is wrong with it, and changes nothing."""
    found, message = await refusal(
        node.calls.call("shop", "tokens", operation, arguments, run=RunId("run_1"))
    )
    assert found == kind
    assert why in message
    assert (await node.desk.page("shop")).entries == []


async def test_nesting_without_end_is_refused(node: Node):
    """A value nested too deeply is no fault of ours."""
    value: Json = []
    for _ in range(100_000):
        value = [value]
    assert (await refusal(node.ask("set", key="k", value=value)))[0] == "invalid"


async def test_only_whole_numbers_are_counted(node: Node):
    """A counter does not replace what is none."""
    for value in ("1", True, 1.0, [1]):
        await node.ask("set", key="k", value=value)
        assert (await refusal(node.ask("incr", key="k")))[0] == "storage"
        assert await node.ask("get", key="k") == value


@pytest.mark.parametrize("quota", [Quota(size=100, entries=3)])
async def test_a_full_namespace_takes_no_more(node: Node):
    """Entries and bytes are limited by namespace, expired ones make room, replacing counts."""
    for key in "abc":
        await node.ask("set", key=key, value="x" * 20, ttl=10)
    kind, message = await refusal(node.ask("set", key="d", value=1))
    assert kind == "limit"
    assert "the namespace tokens is full" in message
    assert (await refusal(node.ask("set", key="c", value="x" * 60)))[0] == "limit"
    await node.ask("set", key="c", value="x" * 40)
    await node.ask("set", key="a", value=1, namespace="other")
    await node.ask("set", key="a", value=1, function="other")
    node.clock.advance(timedelta(seconds=10))
    await node.ask("set", key="d", value="x" * 20)
    await node.ask("set", key="e", value=1)
    usage = dict((await node.desk.page("shop")).namespaces)["tokens"]
    assert usage == Usage(3, 45 + 25 + 4)


async def test_what_is_kept_is_sealed_and_bound_to_its_place(node: Node):
    """The database holds no value in plain, and none opens anywhere else."""
    await node.ask("set", key="one", value="canary-token-in-storage")
    await node.ask("set", key="two", value="second")
    async with node.database.reading() as connection:
        one, two = (await connection.execute(select(values).order_by(values.c.key))).all()
    assert b"canary" not in one.sealed
    changed = bytearray(one.sealed)
    changed[-1] ^= 1
    for sealed in (two.sealed, bytes(changed)):
        async with node.database.writing() as connection:
            await connection.execute(
                update(values).where(values.c.key == '"one"').values(sealed=sealed)
            )
        kind, message = await refusal(node.ask("get", key="one"))
        assert (kind, "canary" in message) == ("storage", False)
    await node.ask("set", key="one", value="anew")
    assert await node.ask("get", key="one") == "anew"


async def test_a_rotation_seals_values_anew_while_they_are_used(nodes: list[Node]):
    """Counters go on counting through rotations, and no old data key is left."""
    for number in range(250):
        await nodes[0].ask("set", key=["n", number], value=number)

    async def count(node: Node) -> None:
        for _ in range(10):
            await node.ask("incr", key="k")

    async def rotate() -> None:
        for _ in range(2):
            await nodes[0].secrets.rotate()

    await asyncio.gather(*(count(node) for node in nodes), rotate())
    assert await nodes[1].ask("get", key="k") == 30
    rotation = await nodes[2].secrets.rotate()
    assert (rotation.resealed, rotation.lost, rotation.old_keys_free) == (251, 0, True)
    async with nodes[0].database.reading() as connection:
        left = (await connection.execute(select(values.c.data_key).distinct())).scalars().all()
    assert len(left) == 1
    assert [await nodes[1].ask("get", key=["n", n]) for n in range(250)] == list(range(250))


async def test_the_desk_shows_keys_and_never_values(node: Node):
    """Pages go through all namespaces in order, with what each holds."""
    for number in range(130):
        await node.ask("set", key=f"k{number:03}", value="canary-value")
    await node.ask("set", key=["a", 1], value=1, namespace="counts", ttl=60)
    await node.ask("lease", key="k900")
    await node.ask("set", key="gone", value=1, ttl=1)
    node.clock.advance(timedelta(seconds=2))
    first = await node.desk.page("shop")
    second = await node.desk.page("shop", cursor=first.next)
    keys = [(e.namespace, e.key) for e in (*first.entries, *second.entries)]
    assert keys == [("counts", '["a",1]'), *(("tokens", f'"k{n:03}"') for n in range(130))]
    assert (len(first.entries), second.next) == (100, None)
    assert [name for name, _ in first.namespaces] == ["counts", "tokens"]
    assert "canary" not in repr(first)
    found = await node.desk.page("shop", namespace="tokens", prefix="k12")
    assert len(found.entries) == 10
    assert len((await node.desk.page("shop", prefix='["a",')).entries) == 1
    for strange in ("\ud800", '["\ud800', '["é', '["\0'):
        assert (await node.desk.page("shop", prefix=strange)).entries == []
    with pytest.raises(Invalid):
        await node.desk.page("shop", prefix="é" * 4000)
    with pytest.raises(Invalid):
        await node.desk.page("shop", cursor="?")


async def test_the_desk_removes_one_or_all(node: Node):
    """An entry is removed by its key as shown; a deleted function leaves nothing."""
    await node.ask("set", key=["a", 1], value=1)
    await node.ask("set", key="b", value=1, namespace="counts")
    await node.ask("set", key="b", value=1, function="other")
    await node.desk.delete("shop", "tokens", '["a",1]')
    with pytest.raises(UnknownEntry):
        await node.desk.delete("shop", "tokens", '["a",1]')
    assert await node.desk.clear("shop") == 1
    assert (await node.desk.page("shop")).namespaces == []
    assert await node.ask("get", key="b", function="other") == 1


async def test_a_person_is_forgotten_by_address_and_id(node: Node):
    """Keys that name the person are told and go, in every function; those of others stay."""

    def canonical(key: Json) -> str:
        return json.dumps(key, separators=(",", ":"))

    gone: list[Json] = [
        "ada@example.com",
        ["t", "Ada@Example.com"],
        "token:ada@example.com",
        ["t", 42],
        "42",
    ]
    kept: list[Json] = ["bada@example.com", "ada@example.co", ["t", 142], "ada", "x42", "4 2"]
    for number, key in enumerate([*gone, *kept]):
        await node.ask("set", key=key, value=1, function=f"f{number % 3}")
    assert await node.desk.forget() == 0
    told = await node.desk.about("ada@example.com", "42")
    assert sorted(str(one["key"]) for one in told) == sorted(map(canonical, gone))
    assert {key for one in told for key in one} == {"function", "namespace", "key"}
    assert await node.desk.forget("ada@example.com", "42") == len(gone)
    assert await node.desk.about("ada@example.com", "42") == []
    left = [
        await node.ask("get", key=key, function=f"f{number % 3}")
        for number, key in enumerate([*gone, *kept])
    ]
    assert left == [None] * len(gone) + [1] * len(kept)
    await node.ask("set", key="zoë@example.com", value=1)
    assert await node.desk.forget("zoë@example.com") == 1


async def test_the_count_is_right_after_anything(nodes: list[Node]):
    """Writers on three nodes leave a count that is what a look at all rows says."""

    async def work(number: int) -> None:
        node = nodes[number % 3]
        for step in range(10):
            key = f"k{(number * 7 + step) % 5}"
            await node.ask("set", key=key, value="x" * step)
            if step % 4 == 0:
                await node.ask("delete", key=key)

    await asyncio.gather(*(work(number) for number in range(12)))
    async with nodes[0].database.reading() as connection:
        rows = (await connection.execute(select(values.c.size))).scalars().all()
    [(space, usage)] = await nodes[0].records.spaces("shop")
    assert (space, usage) == (Space("shop", "tokens"), Usage(len(rows), sum(rows)))
