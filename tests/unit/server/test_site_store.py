"""Sites set up in the app are kept sealed, on each engine."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from callingcard.backends.choose import open_database
from callingcard.backends.database import Database
from callingcard.kit.clock import FakeClock
from callingcard.server.sites.store import SiteStore, overrides

SECRETS = [b"s" * 32]
DOCUMENT = {"platform": "hubspot", "settings": {"access_token": "pat-canary"}}


async def test_a_document_is_sealed_and_comes_back(database: Database, clock: FakeClock):
    """The row does not hold the secret; who has the key reads the document."""
    store = SiteStore(database, SECRETS)
    await store.put("shop", DOCUMENT, by="agent 1", at=clock.now())
    async with database.reading() as connection:
        row = (await connection.execute(select(overrides))).mappings().one()
    assert b"pat-canary" not in row["document"]
    assert (row["changed_by"], row["changed_at"]) == ("agent 1", clock.now())
    assert (await store.all())[1] == {"shop": DOCUMENT}


async def test_a_document_moved_to_another_site_does_not_open(
    database: Database, clock: FakeClock
):
    """A row copied under another name is nobody's settings."""
    store = SiteStore(database, SECRETS)
    await store.put("shop", DOCUMENT, by="", at=clock.now())
    async with database.writing() as connection:
        await connection.execute(update(overrides).values(name="other"))
    assert (await store.all())[1] == {"other": None}


async def test_another_secret_opens_nothing(database: Database, clock: FakeClock):
    """Without the key the document is there, and is said to be closed."""
    await SiteStore(database, SECRETS).put("shop", DOCUMENT, by="", at=clock.now())
    assert (await SiteStore(database, [b"t" * 32]).all())[1] == {"shop": None}
    both = SiteStore(database, [b"t" * 32, *SECRETS])
    assert (await both.all())[1] == {"shop": DOCUMENT}


async def test_every_change_moves_the_generation(database: Database, clock: FakeClock):
    """Other nodes see a put, a drop and a reload; dropping nothing is no change."""
    store = SiteStore(database, SECRETS)
    assert await store.generation() == 0
    assert await store.put("shop", DOCUMENT, by="", at=clock.now()) == 1
    assert await store.put("shop", {**DOCUMENT, "proof": "key"}, by="", at=clock.now()) == 2
    assert await store.advance() == 3
    assert await store.drop("shop") == 4
    assert await store.drop("shop") is None
    assert await store.generation() == 4
    assert await store.all() == (4, {})


async def test_a_command_before_the_first_start_finds_none(tmp_path: Path):
    """A database without tables holds no sites, and that is no error."""
    opened = open_database("sqlite", tmp_path)
    try:
        assert await SiteStore(opened, SECRETS).all() == (0, {})
    finally:
        await opened.close()


@pytest.mark.parametrize("by", ["x" * 300, ""])
async def test_a_long_name_of_who_changed_it_is_cut(
    database: Database, clock: FakeClock, by: str
):
    """The column has an end, on PostgreSQL too."""
    await SiteStore(database, SECRETS).put("shop", DOCUMENT, by=by, at=clock.now())
    async with database.reading() as connection:
        assert (await connection.execute(select(overrides.c.changed_by))).scalar() == by[:100]
