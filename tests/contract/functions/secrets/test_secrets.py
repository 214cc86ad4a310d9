"""Secrets: kept sealed, bound to their row, revealed by name and shown to nobody."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest
from sqlalchemy import select, update
from tests.contract.functions.secrets.conftest import NEW, OLD, House

from callingcard.backends.database import Database
from callingcard.functions.model.secrets import (
    SealedRecord,
    SecretInUse,
    SecretRefused,
    SecretUnreadable,
    UnknownSecret,
)
from callingcard.functions.ports.secrets import DataKeyGone
from callingcard.functions.store.secrets import SqlSecrets, data_keys, secrets

VALUE = "pat-na1-canary-of-the-sealed-store"


async def record_of(house: House, name: str) -> SealedRecord:
    """Return the record that must be there."""
    found = await house.store.get(name)
    assert found is not None
    return found


async def test_a_secret_is_what_was_set_last(house: House):
    """A value is revealed as it was set, and a second one takes its place."""
    desk = house.desk()
    await desk.set("HUBSPOT_KEY", VALUE, by="agent 1")
    assert await desk.reveal("HUBSPOT_KEY") == VALUE
    await desk.set("HUBSPOT_KEY", "é\n" * 100, by="agent 2")
    assert await house.desk().reveal("HUBSPOT_KEY") == "é\n" * 100
    assert [(s.name, s.set_by, s.used_by) for s in await desk.list()] == [
        ("HUBSPOT_KEY", "agent 2", ())
    ]


async def test_nothing_that_is_kept_or_shown_holds_the_value(house: House):
    """The row, its repr and the list hold no part of a value."""
    desk = house.desk()
    await desk.set("KEY", VALUE, by="agent 1")
    record = await record_of(house, "KEY")
    assert VALUE.encode() not in record.sealed
    assert VALUE not in f"{record!r} {await desk.list()!r} {await house.store.keys()!r}"
    assert record.sealed.hex() not in repr(record)


@pytest.mark.parametrize(
    "name", ["", "lower", "A-B", "1A", "A" * 65, "A B", "A\n", "Ä", "_A", "A.B"]
)
async def test_a_secret_has_a_plain_name(house: House, name: str):
    """Whatever is no name in capitals is refused with the rule."""
    with pytest.raises(SecretRefused) as refused:
        await house.desk().set(name, "x", by="agent 1")
    assert "capital letters" in refused.value.fields["name"]


@pytest.mark.parametrize("value", ["", "a\0b", "x" * 65_537, "é" * 32_769, "\ud800"])
async def test_a_value_has_a_limit(house: House, value: str):
    """An empty, overlong or unwritable value is refused, and not repeated."""
    with pytest.raises(SecretRefused) as refused:
        await house.desk().set("KEY", value, by="agent 1")
    assert set(refused.value.fields) == {"value"}
    assert value == "" or value not in str(refused.value)
    await house.desk().set("KEY", "x" * 65_536, by="agent 1")


async def test_a_secret_in_use_is_not_deleted(house: House):
    """What a connector needs stays until the connector is gone."""
    desk = house.desk()
    await desk.set("KEY", VALUE, by="agent 1")
    house.uses = {"KEY": ["connector hubspot"]}
    with pytest.raises(SecretInUse, match="connector hubspot"):
        await desk.delete("KEY")
    assert [s.used_by for s in await desk.list()] == [("connector hubspot",)]
    house.uses = {}
    await desk.delete("KEY")
    for gone in (desk.delete("KEY"), desk.reveal("KEY")):
        with pytest.raises(UnknownSecret):
            await gone


async def test_every_changed_byte_is_refused(house: House, database: Database):
    """A record with any byte changed opens no more, and says so without its value."""
    desk = house.desk()
    await desk.set("KEY", VALUE, by="agent 1")
    whole = (await record_of(house, "KEY")).sealed
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        async with database.writing() as connection:
            await connection.execute(update(secrets).values(sealed=bytes(changed)))
        with pytest.raises(SecretUnreadable) as refused:
            await desk.reveal("KEY")
        assert VALUE not in f"{refused.value} {refused.value.hint}"
    async with database.writing() as connection:
        await connection.execute(update(secrets).values(sealed=whole))
    assert await desk.reveal("KEY") == VALUE


async def test_every_changed_byte_of_a_data_key_is_refused(house: House, database: Database):
    """A wrapped data key with any byte changed seals and opens nothing."""
    await house.desk().set("KEY", VALUE, by="agent 1")
    [key] = await house.store.keys()
    for place in range(0, len(key.wrapped), 7):
        changed = bytearray(key.wrapped)
        changed[place] ^= 1
        async with database.writing() as connection:
            await connection.execute(
                update(data_keys)
                .where(data_keys.c.number == key.number)
                .values(wrapped=bytes(changed))
            )
        with pytest.raises(SecretUnreadable):
            await house.desk().reveal("KEY")


async def test_a_record_opens_in_its_own_row_only(house: House, database: Database):
    """Sealed bytes that were moved to another name, version or data key are refused."""
    desk = house.desk()
    await desk.set("ONE", "first", by="agent 1")
    one = await record_of(house, "ONE")
    await desk.rotate()
    await desk.set("TWO", "second", by="agent 1")
    now, two = await record_of(house, "ONE"), await record_of(house, "TWO")
    for other in ({"sealed": two.sealed}, {"version": 2}, {"sealed": one.sealed}):
        async with database.writing() as connection:
            row = {"version": now.version, "sealed": now.sealed, **other}
            await connection.execute(
                update(secrets).where(secrets.c.name == "ONE").values(row)
            )
        with pytest.raises(SecretUnreadable):
            await desk.reveal("ONE")


async def test_a_server_key_that_is_gone_is_told(house: House):
    """Without the key it was sealed under nothing opens, and setting anew works."""
    await house.desk(OLD).set("KEY", VALUE, by="agent 1")
    desk = house.desk(NEW)
    with pytest.raises(SecretUnreadable) as refused:
        await desk.reveal("KEY")
    assert "secret_keys" in refused.value.hint
    rotation = await desk.rotate()
    assert (rotation.unreadable, rotation.old_keys_free) == (("KEY",), False)
    await desk.set("KEY", "anew", by="agent 1")
    assert await desk.reveal("KEY") == "anew"
    assert await house.desk(NEW, OLD).reveal("KEY") == "anew"


async def test_a_new_server_key_needs_the_old_one_until_it_was_rotated(house: House):
    """With a new key in front both are needed; after a look at start the old one can go."""
    await house.desk(OLD).set("KEY", VALUE, by="agent 1")
    both = house.desk(NEW, OLD)
    assert await both.reveal("KEY") == VALUE
    assert (await both.resume()).old_keys_free
    assert await house.desk(NEW).reveal("KEY") == VALUE
    with pytest.raises(SecretUnreadable):
        await house.desk(OLD).reveal("KEY")


async def test_a_rotation_seals_everything_anew_and_drops_the_old_data_key(house: House):
    """After a rotation no record and no data key is what it was."""
    desk = house.desk()
    values = {f"KEY_{n}": f"value {n}" for n in range(7)}
    for name, value in values.items():
        await desk.set(name, value, by="agent 1")
    before = {r.name: r.sealed for r in await house.store.all()}
    rotation = await desk.rotate()
    after = {r.name: r for r in await house.store.all()}
    assert (rotation.resealed, rotation.unreadable) == (7, ())
    assert all(before[name] != after[name].sealed for name in values)
    assert [key.number for key in await house.store.keys()] == [2]
    assert {name: await desk.reveal(name) for name in values} == values
    assert (await desk.resume()).resealed == 0


async def test_readers_and_writers_go_on_during_rotations(house: House):
    """Values set and read by other processes while keys change are all there."""
    names = [f"KEY_{n}" for n in range(5)]
    for name in names:
        await house.desk().set(name, "0", by="agent 1")
    done = asyncio.Event()

    async def read() -> int:
        reader, times = house.desk(), 0
        while not done.is_set():
            for name in names:
                assert (await reader.reveal(name)).isdigit()
                times += 1
        return times

    async def write(name: str) -> None:
        writer = house.desk()
        for number in range(1, 9):
            await writer.set(name, str(number), by="agent 1")

    async def rotate() -> None:
        for _ in range(4):
            await house.desk().rotate()

    reading = asyncio.create_task(read())
    await asyncio.gather(*(write(name) for name in names), rotate(), rotate())
    done.set()
    assert await reading > 0
    last = await house.desk().resume()
    assert (last.unreadable, last.lost) == ((), 0)
    assert [await house.desk().reveal(name) for name in names] == ["8"] * 5
    assert len(await house.store.keys()) == 1


async def test_a_rotation_is_finished_by_whoever_comes_next(house: House):
    """A rotation that ended after any number of rows is finished by another process."""
    names = [f"KEY_{n}" for n in range(4)]
    for name in names:
        await house.desk().set(name, name.lower(), by="agent 1")
    for rows in range(5):
        broken = house.desk()
        await broken._keys.renew()  # pyright: ignore[reportPrivateUsage]
        for record in (await house.store.all())[:rows]:
            value = await broken.reveal(record.name)
            assert await broken._keep(record, value.encode(), was=record)  # pyright: ignore[reportPrivateUsage]
        assert [await house.desk().reveal(name) for name in names] == [
            name.lower() for name in names
        ]
        assert (await house.desk().resume()).resealed == 4 - rows
        assert len(await house.store.keys()) == 1


async def test_a_record_under_a_key_that_was_dropped_is_not_kept(house: House):
    """The database refuses what nobody could open."""
    await house.desk().set("KEY", VALUE, by="agent 1")
    record = await record_of(house, "KEY")
    with pytest.raises(DataKeyGone):
        await house.store.put(replace(record, data_key=99), was=record)
    with pytest.raises(DataKeyGone):
        await house.store.put(replace(record, name="OTHER", data_key=99), was=None)
    assert not await house.store.put(replace(record, sealed=b"x"), was=None)


async def test_the_first_data_key_is_made_once(house: House):
    """Many processes that start at once agree on the keys."""
    await asyncio.gather(
        *(house.desk().set(f"KEY_{n}", str(n), by="agent 1") for n in range(12))
    )
    assert [await house.desk().reveal(f"KEY_{n}") for n in range(12)] == [
        str(n) for n in range(12)
    ]
    numbers = [key.number for key in await house.store.keys()]
    assert all(one - other == 1 for one, other in pairwise(numbers))


async def test_a_database_that_was_not_migrated_holds_no_secret(empty_database: Database):
    """Settings may name a secret before there is a table."""
    assert await SqlSecrets(empty_database).get("KEY") is None
    async with empty_database.reading() as connection:
        assert (await connection.execute(select(1))).scalar() == 1
