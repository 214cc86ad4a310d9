"""A lease is the only right to fill a key: one owner at a time, and none after forget."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from callingcard.backends.cache import MemoryCache
from callingcard.backends.cache.contract import AwaitedCache
from callingcard.kit.clock import FakeClock, stopwatch

HOUR = timedelta(hours=1)
Another = Callable[[], AwaitedCache]


async def ends(cache: AwaitedCache, key: str, owner: str, *, within: float) -> bool:
    """Say whether the lease on *key* becomes free for *owner* in so many seconds."""
    end = stopwatch() + within
    while stopwatch() < end:
        if await cache.lease(key, owner, seconds=30):
            return True
        await asyncio.sleep(0.01)
    return False


async def test_one_owner_at_a_time(cache: AwaitedCache, another: Another):
    """Whoever has the lease may take it again; others wait, in other processes too."""
    other = another()
    assert await cache.lease("p.a", "me", seconds=30)
    assert await cache.lease("p.a", "me", seconds=30)
    assert not await other.lease("p.a", "you", seconds=30)
    assert await other.lease("p.b", "you", seconds=30)


async def test_only_the_owner_fills_and_that_ends_the_lease(
    cache: AwaitedCache, another: Another, clock: FakeClock
):
    """A value of one who had no lease is not kept."""
    other, end = another(), clock.now() + HOUR
    assert not await cache.fill("p.a", b"zero", owner="me", expires_at=end)
    await cache.lease("p.a", "me", seconds=30)
    assert not await other.fill("p.a", b"yours", owner="you", expires_at=end)
    assert await other.get("p.a") is None
    assert await cache.fill("p.a", b"mine", owner="me", expires_at=end)
    assert await other.get("p.a") == b"mine"
    assert not await cache.fill("p.a", b"again", owner="me", expires_at=end)
    assert await other.lease("p.a", "you", seconds=30)
    assert await other.fill("p.a", b"yours", owner="you", expires_at=None)
    assert await cache.get("p.a") == b"yours"


async def test_what_is_filled_ends_too(cache: AwaitedCache, clock: FakeClock):
    """By the clock that was handed in."""
    await cache.lease("p.a", "me", seconds=30)
    await cache.fill("p.a", b"mine", owner="me", expires_at=clock.now() + HOUR)
    clock.advance(HOUR)
    assert await cache.get("p.a") is None


async def test_a_lease_that_was_taken_over_is_lost(cache: AwaitedCache, clock: FakeClock):
    """An owner who was paused for too long keeps nothing."""
    assert await cache.lease("p.a", "slow", seconds=0.05)
    assert await ends(cache, "p.a", "quick", within=5)
    end = clock.now() + HOUR
    assert not await cache.fill("p.a", b"late", owner="slow", expires_at=end)
    assert await cache.fill("p.a", b"early", owner="quick", expires_at=end)
    assert await cache.get("p.a") == b"early"


async def test_a_lease_that_ended_fills_nothing_even_if_nobody_took_it(cache: AwaitedCache):
    """It may have ended because the visitor is long gone."""
    assert await cache.lease("p.a", "slow", seconds=0.05)
    await asyncio.sleep(0.2)
    assert not await cache.fill("p.a", b"late", owner="slow", expires_at=None)
    assert await cache.get("p.a") is None


async def test_release_ends_the_owners_lease_only(cache: AwaitedCache):
    """One who failed lets the next try at once."""
    await cache.lease("p.a", "me", seconds=30)
    await cache.release("p.a", "you")
    await cache.release("p.b", "me")
    assert not await cache.lease("p.a", "you", seconds=30)
    await cache.release("p.a", "me")
    assert await cache.lease("p.a", "you", seconds=30)


async def test_forget_ends_every_lease_of_the_person(
    cache: AwaitedCache, another: Another, clock: FakeClock
):
    """What was asked for before a sign-out is not put back after, by any process."""
    other, end = another(), clock.now() + HOUR
    for key in ("p.a", "p.b", "pp.a"):
        assert await cache.lease(key, "me", seconds=30)
    await other.forget("p")
    assert not await cache.fill("p.a", b"x", owner="me", expires_at=end)
    assert not await cache.fill("p.b", b"x", owner="me", expires_at=end)
    assert await cache.fill("pp.a", b"x", owner="me", expires_at=end)
    assert (await cache.get("p.a"), await cache.get("pp.a")) == (None, b"x")
    assert await other.lease("p.a", "you", seconds=30)


async def test_a_wall_clock_that_jumps_moves_no_lease(cache: AwaitedCache, clock: FakeClock):
    """A lease lasts as long as the store says: neither set free nor kept by a jump."""
    for jump in (-24 * HOUR, 48 * HOUR):
        assert await cache.lease(f"p.{jump}", "live", seconds=30)
        assert await cache.lease(f"q.{jump}", "dead", seconds=0.05)
        clock.advance(jump)
        assert not await cache.lease(f"p.{jump}", "you", seconds=30)
        assert await ends(cache, f"q.{jump}", "you", within=5)


async def test_of_many_who_ask_at_once_one_gets_it(cache: AwaitedCache, another: Another):
    """In each of twenty rounds, among two processes."""
    other = another()
    for turn in range(20):
        got = await asyncio.gather(
            *(
                who.lease(f"p.{turn}", f"{name}{number}", seconds=30)
                for number in range(4)
                for name, who in (("one", cache), ("two", other))
            )
        )
        assert sum(got) == 1


async def test_forget_and_fill_at_once_leave_nothing(
    cache: AwaitedCache, another: Another, clock: FakeClock
):
    """Whichever comes first: the fill was refused, or what it kept is dropped."""
    other = another()
    for turn in range(30):
        assert await cache.lease("p.a", "me", seconds=30)
        await asyncio.gather(
            cache.fill("p.a", b"%d" % turn, owner="me", expires_at=clock.now() + HOUR),
            other.forget("p"),
        )
        assert await cache.get("p.a") is None


def test_leases_of_the_dead_do_not_pile_up_in_memory():
    """They are swept while others are taken."""
    now = 0.0
    cache = MemoryCache(timer=lambda: now)
    for number in range(20_000):
        now += 0.1
        cache.lease(f"p{number}.a", "me", seconds=1)
    assert len(cache._leases) < 2_000
