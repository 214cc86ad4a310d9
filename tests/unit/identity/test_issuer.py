"""Both issuers ask the platform once, whoever comes, goes or forgets meanwhile."""

import asyncio
import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.fake_hubspot import FakeHubSpot

from callingcard.backends.cache import MemoryCache
from callingcard.backends.fetch import AsyncFetch
from callingcard.identity.errors import PlatformRefused, PlatformUnavailable, Unverified
from callingcard.identity.issuer import AsyncIssuer, Issuer
from callingcard.identity.model import Visitor
from callingcard.identity.platforms.desk import Desk
from callingcard.identity.platforms.hubspot import HubSpot
from callingcard.kit.clock import FakeClock

ADA = Visitor("ada@example.com", email_verified=True, first_name="Ada")
HUBSPOT = HubSpot(access_token="pat-canary-secret")
SEEDS = 10_000


def waiting(hubspot: FakeHubSpot, clock: FakeClock, **more: Any) -> AsyncIssuer:
    """Return an AsyncIssuer that calls *hubspot*."""
    upstream = AsyncFetch(transport=hubspot.waiting())
    return AsyncIssuer(HUBSPOT, clock=clock, upstream=upstream, **more)


def blocking(hubspot: FakeHubSpot, clock: FakeClock, **more: Any) -> Issuer:
    """Return an Issuer that calls *hubspot*."""
    upstream = AsyncFetch(transport=hubspot.waiting())
    return Issuer(HUBSPOT, clock=clock, upstream=upstream, **more)


def sqlite_in(folder: Path) -> str:
    """Return the URL of a cache in *folder*."""
    return f"sqlite:///{folder / 'tokens.db'}"


def until(condition: Callable[[], bool]) -> None:
    """Wait until *condition* holds; fail after five seconds."""
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.01)
    pytest.fail("it did not come about")


@pytest.mark.parametrize("cache", ["memory", "sqlite"])
async def test_two_hundred_tasks_make_one_call(clock: FakeClock, tmp_path: Path, cache: str):
    """However many come at once, HubSpot is asked once."""
    hubspot = FakeHubSpot(delay=0.02)
    url = sqlite_in(tmp_path) if cache == "sqlite" else cache
    async with waiting(hubspot, clock, cache=url) as issuer:
        tokens = await asyncio.gather(*(issuer.issue(ADA) for _ in range(200)))
    assert (1, {"tok-1-ada@example.com"}) == (hubspot.calls, {t.value for t in tokens})


@pytest.mark.parametrize("cache", ["memory", "sqlite"])
def test_two_hundred_threads_make_one_call(clock: FakeClock, tmp_path: Path, cache: str):
    """However many come at once, HubSpot is asked once."""
    hubspot = FakeHubSpot(delay=0.02)
    url = sqlite_in(tmp_path) if cache == "sqlite" else cache
    with blocking(hubspot, clock, cache=url) as issuer, ThreadPoolExecutor(200) as pool:
        tokens = list(pool.map(issuer.issue, [ADA] * 200))
    assert (1, {"tok-1-ada@example.com"}) == (hubspot.calls, {t.value for t in tokens})


@pytest.mark.slow
async def test_cancelling_any_waiters_harms_no_other(clock: FakeClock):
    """Whoever gives up, the first included, the rest get the one token."""
    for seed in range(SEEDS):
        dice = random.Random(seed)
        hubspot = FakeHubSpot()
        async with waiting(hubspot, clock) as issuer:
            waiters = [asyncio.create_task(issuer.issue(ADA)) for _ in range(8)]
            leaving = [task for task in waiters if dice.random() < 0.5]
            for task in leaving:
                for _ in range(dice.randrange(4)):
                    await asyncio.sleep(0)
                task.cancel()
            ended = await asyncio.gather(*waiters, return_exceptions=True)
            stayed = [e for task, e in zip(waiters, ended, strict=True) if task not in leaving]
            again = await issuer.issue(ADA)
        values = {getattr(token, "value", token) for token in [*stayed, again]}
        assert (seed, 1, {"tok-1-ada@example.com"}) == (seed, hubspot.calls, values)


async def test_a_failed_flight_is_told_to_all_and_frees_the_key(clock: FakeClock):
    """Nobody hangs, nothing is remembered, and the next caller asks anew."""
    hubspot = FakeHubSpot()
    hubspot.status = 423
    async with waiting(hubspot, clock) as issuer:
        told = await asyncio.gather(
            *(issuer.issue(ADA) for _ in range(20)), return_exceptions=True
        )
        assert {PlatformUnavailable} == {type(error) for error in told}
        hubspot.status = 200
        assert (await issuer.issue(ADA)).value == "tok-2-ada@example.com"


def test_a_failed_flight_of_threads_frees_the_key(clock: FakeClock):
    """Nothing is remembered, and the next caller asks anew."""
    hubspot = FakeHubSpot()
    hubspot.status = 423
    with blocking(hubspot, clock) as issuer:
        with pytest.raises(PlatformUnavailable):
            issuer.issue(ADA)
        hubspot.status = 200
        assert issuer.issue(ADA).value == "tok-2-ada@example.com"


async def test_an_ageing_token_is_renewed_once_while_it_serves(clock: FakeClock):
    """Callers get the old one at once, HubSpot gets one call."""
    hubspot = FakeHubSpot(delay=0.01)
    async with waiting(hubspot, clock) as issuer:
        first = await issuer.issue(ADA)
        clock.advance(timedelta(hours=11, minutes=30))
        during = await asyncio.gather(*(issuer.issue(ADA) for _ in range(50)))
        await asyncio.sleep(0.1)
        after = await issuer.issue(ADA)
    assert {first.value} == {token.value for token in during}
    assert (hubspot.calls, after.value) == (2, "tok-2-ada@example.com")


def test_an_ageing_token_is_renewed_once_among_threads(clock: FakeClock):
    """Callers get the old one at once, HubSpot gets one call."""
    hubspot = FakeHubSpot(delay=0.3)
    with blocking(hubspot, clock) as issuer:
        first = issuer.issue(ADA)
        clock.advance(timedelta(hours=11, minutes=30))
        assert {first.value} == {issuer.issue(ADA).value for _ in range(3)}
        until(lambda: issuer.issue(ADA).value == "tok-2-ada@example.com")
    assert hubspot.calls == 2


async def test_an_early_renewal_that_fails_holds_off(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
):
    """The old token serves on, one call is made and not one per visit, the log says why."""
    hubspot = FakeHubSpot()
    async with waiting(hubspot, clock) as issuer:
        first = await issuer.issue(ADA)
        clock.advance(timedelta(hours=11, minutes=30))
        hubspot.status = 401
        for _ in range(5):
            assert first.value == (await issuer.issue(ADA)).value
            await asyncio.sleep(0.02)
        assert hubspot.calls == 2
        clock.advance(timedelta(minutes=26))
        with pytest.raises(PlatformRefused):
            await issuer.issue(ADA)
    assert ["identity.platform_refused" in r.getMessage() for r in caplog.records] == [True]


async def test_forgetting_during_a_flight_wins(clock: FakeClock):
    """What was asked for before the sign-out is not stored after it."""
    hubspot = FakeHubSpot(delay=0.02)
    cache = MemoryCache(clock=clock)
    async with waiting(hubspot, clock, cache=cache) as issuer:
        early = asyncio.create_task(issuer.issue(ADA))
        await asyncio.sleep(0.01)
        await issuer.forget(ADA)
        late = await issuer.issue(ADA)
        assert (await early).value != late.value
        assert (hubspot.calls, len(cache)) == (2, 1)
        assert late.value == (await issuer.issue(ADA)).value


async def test_what_was_on_its_way_when_forgotten_is_not_stored(clock: FakeClock):
    """The one who asked gets it; the cache does not."""
    cache = MemoryCache(clock=clock)
    async with waiting(FakeHubSpot(delay=0.02), clock, cache=cache) as issuer:
        early = asyncio.create_task(issuer.issue(ADA))
        await asyncio.sleep(0.01)
        await issuer.forget(ADA)
        assert (await early).value == "tok-1-ada@example.com"
    assert len(cache) == 0


async def test_forgetting_waits_for_a_store_that_had_begun(clock: FakeClock):
    """After forget returns, nothing of the visitor can appear in the cache."""
    kept: dict[str, bytes] = {}
    storing, go_on = asyncio.Event(), asyncio.Event()

    class Slow:
        """A cache whose put takes its time."""

        async def get(self, key: str):
            return kept.get(key)

        async def put(self, key: str, value: bytes, *, expires_at: datetime | None):
            assert expires_at is not None
            storing.set()
            await go_on.wait()
            kept[key] = value

        async def forget(self, person: str):
            for key in [k for k in kept if k.startswith(person)]:
                del kept[key]

        async def close(self):
            kept.clear()

    async with waiting(FakeHubSpot(), clock, cache=Slow()) as issuer:
        asking = asyncio.create_task(issuer.issue(ADA))
        await storing.wait()
        forgetting = asyncio.create_task(issuer.forget(ADA))
        await asyncio.sleep(0.01)
        assert not forgetting.done()
        go_on.set()
        await asyncio.gather(asking, forgetting)
        assert kept == {}


def test_forgetting_during_a_flight_wins_among_threads(clock: FakeClock):
    """What was asked for before the sign-out is not stored after it."""
    hubspot = FakeHubSpot(delay=0.05)
    cache = MemoryCache(clock=clock)
    with blocking(hubspot, clock, cache=cache) as issuer, ThreadPoolExecutor(1) as pool:
        early = pool.submit(issuer.issue, ADA)
        until(lambda: bool(issuer._inner.get()._running))
        issuer.forget(ADA)
        assert "tok-" in early.result().value
        until(lambda: not issuer._inner.get()._running)
        assert len(cache) == 0


async def test_forgetting_drops_every_variant_of_a_person_and_nobody_else(clock: FakeClock):
    """A changed name does not hide a token from sign-out."""
    hubspot = FakeHubSpot()
    renamed = Visitor("ada@example.com", email_verified=True, first_name="Augusta")
    grace = Visitor("grace@example.com", email_verified=True)
    async with waiting(hubspot, clock) as issuer:
        for visitor in (ADA, renamed, grace):
            await issuer.issue(visitor)
        await issuer.forget(ADA)
        await issuer.issue(grace)
        assert hubspot.calls == 3
        await issuer.issue(renamed)
    assert hubspot.calls == 4


def test_the_cache_outlives_the_process(clock: FakeClock, tmp_path: Path):
    """A second issuer on the same file asks HubSpot nothing."""
    hubspot = FakeHubSpot()
    values = set()
    for _ in range(2):
        with blocking(hubspot, clock, cache=sqlite_in(tmp_path)) as issuer:
            values.add(issuer.issue(ADA).value)
    assert (hubspot.calls, len(values)) == (1, 1)


def test_the_cache_file_shows_neither_address_nor_token(clock: FakeClock, tmp_path: Path):
    """Not the database, not its log: whoever copies them has nothing."""
    with blocking(FakeHubSpot(), clock, cache=sqlite_in(tmp_path)) as issuer:
        token = issuer.issue(ADA)
        written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert len(written) > 4096
    canaries = (token.value.encode(), b"ada@", b"example.com", b"Ada", b"pat-canary")
    assert [c for c in canaries if c in written] == []


async def test_nobody_is_vouched_for_without_a_proof(clock: FakeClock):
    """HubSpot is not even asked."""
    hubspot = FakeHubSpot()
    async with waiting(hubspot, clock) as issuer:
        with pytest.raises(Unverified):
            await issuer.issue(Visitor("grace@example.com"))
    assert hubspot.calls == 0
    async with waiting(hubspot, clock, allow_unverified=True) as issuer:
        await issuer.issue(Visitor("grace@example.com"))
    assert hubspot.calls == 1


async def test_the_token_tells_the_page_all_it_needs(clock: FakeClock):
    """Value, times, platform, and what the widget is passed."""
    async with waiting(FakeHubSpot(), clock) as issuer:
        token = await issuer.issue(ADA)
    assert ("hubspot", clock.now() + timedelta(hours=12)) == (token.platform, token.expires_at)
    assert {
        "identificationEmail": "ada@example.com",
        "identificationToken": token.value,
    } == token.settings
    assert token.refresh_at is not None
    share = (token.refresh_at - clock.now()) / timedelta(hours=12)
    assert 0.75 <= share <= 0.95


async def test_a_signed_token_needs_no_call_and_no_cache(clock: FakeClock):
    """The desk's is made afresh each time."""
    desk = Desk("http://localhost:8400", "web", "k1", "0123456789abcdef0123456789abcdef")
    async with AsyncIssuer(desk, clock=clock) as issuer:
        values = {(await issuer.issue(ADA)).value for _ in range(3)}
    with Issuer(desk, clock=clock) as issuer:
        values.add(issuer.issue(ADA).value)
    assert len(values) == 4


async def test_closing_tells_those_who_wait(clock: FakeClock):
    """Nobody hangs on an issuer that is gone."""
    issuer = waiting(FakeHubSpot(delay=5), clock)
    task = asyncio.create_task(issuer.issue(ADA))
    await asyncio.sleep(0.01)
    await issuer.close()
    with pytest.raises(PlatformUnavailable):
        await task


def test_a_closed_issuer_of_threads_says_so(clock: FakeClock):
    """A call after close is an error and no hang."""
    issuer = blocking(FakeHubSpot(), clock)
    issuer.close()
    with pytest.raises(PlatformUnavailable):
        issuer.issue(ADA)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 418])
async def test_no_failure_shows_a_secret(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, status: int
):
    """Neither the error nor the log quotes key, address or answer."""
    caplog.set_level(logging.DEBUG)
    hubspot = FakeHubSpot()
    async with waiting(hubspot, clock) as issuer:
        token = await issuer.issue(ADA)
        clock.advance(timedelta(hours=13))
        hubspot.status = status
        with pytest.raises((PlatformRefused, PlatformUnavailable)) as caught:
            await issuer.issue(ADA)
    shown = f"{caught.value!r} {caught.value.hint} {issuer!r} {HUBSPOT!r} {token!r}"
    shown += " ".join(record.getMessage() for record in caplog.records)
    canaries = ("pat-canary", token.value, "ada@", "Bearer")
    assert [c for c in canaries if c in shown] == []
