"""API keys: shown once, kept as hashes, refused the moment they are revoked."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from callingcard.access.errors import BadKey, InvalidInput, KeyNotFound, OriginRefused
from callingcard.access.model import KeyStyle
from callingcard.access.service.keys import Keys
from callingcard.access.store import metadata
from callingcard.backends.database import Database, Engine
from callingcard.kit.actor import Scope
from callingcard.kit.clock import FakeClock

SHOP = "https://shop.example"


async def test_a_key_is_recognised_with_its_scopes_and_site(keys: Keys):
    """What a key was made for is what its holder may do."""
    made, secret = await keys.create("Shop", [Scope.TOKENS], site="shop")
    actor = await keys.authenticate(secret)
    assert ("key", made.id, "Shop") == (actor.kind, actor.id, actor.name)
    assert actor.may(Scope.TOKENS, site="shop")
    assert not actor.may(Scope.TOKENS, site="other")
    assert not actor.may(Scope.DESK, site="shop")
    assert actor.role is None


async def test_a_key_may_be_limited_to_functions(keys: Keys):
    """A key that names functions calls those; one that names none calls them all."""
    made, limited = await keys.create("Shop", [Scope.FUNCTIONS], functions=["a", "b", "a"])
    _, free = await keys.create("All", [Scope.FUNCTIONS])
    actor = await keys.authenticate(limited)
    assert ("a", "b") == made.functions
    assert [True, True, False] == [actor.may_call(name) for name in ("a", "b", "c")]
    assert (await keys.authenticate(free)).may_call("c")


async def test_a_key_for_tokens_calls_no_function(keys: Keys):
    """The scope counts, and naming functions is for keys of functions alone."""
    _, secret = await keys.create("Tokens", [Scope.TOKENS])
    assert not (await keys.authenticate(secret)).may_call("a")
    with pytest.raises(InvalidInput) as refused:
        await keys.create("Both", [Scope.TOKENS, Scope.FUNCTIONS], functions=["a"])
    assert ["functions"] == list(refused.value.fields)


@pytest.mark.parametrize(
    ("style", "scope", "origins", "prefix"),
    [
        (None, Scope.ADMIN, (), "cc_sk_"),
        (None, Scope.TOKENS, (SHOP,), "cc_pk_"),
        ("publishable", Scope.TOKENS, (SHOP,), "cc_pk_"),
        ("pat", Scope.DESK, (), "pat-local-"),
    ],
)
async def test_a_secret_shows_what_it_is(
    keys: Keys,
    style: KeyStyle | None,
    scope: Scope,
    origins: tuple[str, ...],
    prefix: str,
):
    """Each style has its prefix, 256 random bits, and a hint of the first characters."""
    made, secret = await keys.create("Key", [scope], site="shop", origins=origins, style=style)
    assert secret.startswith(prefix)
    assert len(secret) - len(prefix) == 43
    assert secret[: len(prefix) + 4] == made.hint
    assert bool(origins) == made.publishable


@pytest.mark.parametrize(
    ("style", "scopes", "origins", "field"),
    [
        ("secret", [], (), "scopes"),
        ("publishable", [Scope.TOKENS], (), "origins"),
        ("publishable", [Scope.TOKENS, Scope.DESK], (SHOP,), "scopes"),
        ("publishable", [Scope.ADMIN], (SHOP,), "scopes"),
        ("publishable", [Scope.TOKENS], ("*",), "origins.0"),
        ("publishable", [Scope.TOKENS], (SHOP, "null"), "origins.1"),
        ("pat", [Scope.ADMIN], (), "scopes"),
        ("pat", [Scope.DESK], (SHOP,), "origins"),
        ("secret", [Scope.TOKENS], (SHOP,), "origins"),
    ],
)
async def test_a_key_that_would_be_unsafe_is_not_made(
    keys: Keys,
    style: KeyStyle,
    scopes: list[Scope],
    origins: tuple[str, ...],
    field: str,
):
    """The refusal names the field, and nothing is kept."""
    with pytest.raises(InvalidInput) as refused:
        await keys.create("Key", scopes, site="shop", origins=origins, style=style)
    assert [field] == list(refused.value.fields)
    assert await keys.list() == []


async def test_a_publishable_key_is_for_one_site(keys: Keys):
    """What anybody can read in a page of one shop must not open the others."""
    with pytest.raises(InvalidInput) as refused:
        await keys.create("Page", [Scope.TOKENS], origins=[SHOP])
    assert list(refused.value.fields) == ["site"]


@pytest.mark.parametrize("name", ["", "   ", "a" * 101, "line\nbreak", "nul\0"])
async def test_a_key_needs_a_name_that_people_can_read(keys: Keys, name: str):
    """An empty, endless or unprintable name is refused."""
    with pytest.raises(InvalidInput) as refused:
        await keys.create(name, [Scope.DESK])
    assert list(refused.value.fields) == ["name"]


async def test_a_revoked_key_is_refused_at_once(keys: Keys, clock: FakeClock):
    """Revoking works on the next call, and keeps the time of the first revocation."""
    made, secret = await keys.create("Key", [Scope.DESK])
    await keys.authenticate(secret)
    revoked = await keys.revoke(made.id)
    with pytest.raises(BadKey):
        await keys.authenticate(secret)
    clock.advance(timedelta(hours=1))
    assert revoked.revoked_at == (await keys.revoke(made.id)).revoked_at
    assert [made.id] == [key.id for key in await keys.list()]


async def test_only_a_key_that_is_there_can_be_revoked(keys: Keys):
    """An unknown id is told, not passed over."""
    with pytest.raises(KeyNotFound):
        await keys.revoke("404")


async def test_revoking_one_key_leaves_the_others(keys: Keys):
    """A revocation is for one key only."""
    first, _ = await keys.create("First", [Scope.DESK])
    second, secret = await keys.create("Second", [Scope.DESK])
    await keys.revoke(first.id)
    assert second.id == (await keys.authenticate(secret)).id


async def test_unknown_and_revoked_keys_get_one_answer(keys: Keys):
    """Somebody guessing cannot tell a revoked key from one that never was."""
    made, secret = await keys.create("Key", [Scope.DESK])
    await keys.revoke(made.id)
    answers = set()
    for shown in (secret, "cc_sk_" + "a" * 43, "", "é" * 20, "a" * 201, "a" * 1_000_000):
        with pytest.raises(BadKey) as refused:
            await keys.authenticate(shown)
        answers.add((refused.value.code, refused.value.message, refused.value.hint))
    assert len(answers) == 1


async def test_a_key_must_match_to_the_last_character(keys: Keys):
    """A prefix, an extension or another case of the secret is not the secret."""
    _, secret = await keys.create("Key", [Scope.DESK])
    for shown in (secret[:-1], secret + "A", secret.swapcase(), f" {secret}"):
        with pytest.raises(BadKey):
            await keys.authenticate(shown)


async def test_a_publishable_key_is_for_its_pages_only(keys: Keys):
    """The origin must be listed, to the letter; none at all is refused as well."""
    _, secret = await keys.create("Page", [Scope.TOKENS], site="shop", origins=[SHOP])
    actor = await keys.authenticate(secret, origin=SHOP)
    assert actor.may(Scope.TOKENS, site="shop")
    assert not actor.may(Scope.TOKENS, site="other")
    for origin in (
        None,
        "null",
        "https://evil.example",
        f"{SHOP}.evil.example",
        f"{SHOP}:8443",
    ):
        with pytest.raises(OriginRefused):
            await keys.authenticate(secret, origin=origin)


async def test_use_is_noted_at_most_once_a_minute(keys: Keys, clock: FakeClock):
    """Listing shows when a key was last used, without a write for each request."""
    _, secret = await keys.create("Key", [Scope.DESK])
    assert (await keys.list())[0].last_used_at is None
    first = clock.now()
    await keys.authenticate(secret)
    clock.advance(timedelta(seconds=59))
    await keys.authenticate(secret)
    assert first == (await keys.list())[0].last_used_at
    clock.advance(timedelta(seconds=1))
    await keys.authenticate(secret)
    assert clock.now() == (await keys.list())[0].last_used_at


async def test_a_refused_key_is_not_noted_as_used(keys: Keys):
    """A revoked key, or one on the wrong page, leaves no trace of use."""
    _, public = await keys.create("Page", [Scope.TOKENS], site="shop", origins=[SHOP])
    made, secret = await keys.create("Key", [Scope.DESK])
    await keys.revoke(made.id)
    with pytest.raises(OriginRefused):
        await keys.authenticate(public)
    with pytest.raises(BadKey):
        await keys.authenticate(secret)
    assert [key.last_used_at for key in await keys.list()] == [None, None]


async def test_the_database_never_sees_a_secret(keys: Keys, database: Database):
    """Neither a row nor, on SQLite, any byte of the files holds the secret."""
    made, secret = await keys.create("Findable", [Scope.DESK])
    await keys.authenticate(secret)
    async with database.reading() as connection:
        rows = (await connection.execute(select(metadata.tables["access_keys"]))).all()
    assert made.id in str(rows)
    assert secret not in str(rows)
    assert secret not in repr(made)
    if database.engine is Engine.SQLITE:
        path = Path(database.where)
        files = b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))
        assert b"Findable" in files
        assert secret.encode() not in files
        assert secret.removeprefix(made.hint).encode() not in files
