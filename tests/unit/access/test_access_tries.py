"""Guesses are counted exactly, refilled by time, and in bounded room."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callingcard.access.errors import TooManyTries
from callingcard.access.service.tries import Tries, network_of
from callingcard.kit.clock import FakeClock

SECOND = timedelta(seconds=1)


def let_through(tries: Tries, name: str, times: int) -> int:
    """Try *times*, and return how often it was allowed."""
    allowed = 0
    for _ in range(times):
        try:
            tries.take(name)
        except TooManyTries:
            continue
        allowed += 1
    return allowed


def test_ten_tries_and_then_one_each_half_minute():
    """The bucket empties at once and refills evenly."""
    clock = FakeClock()
    tries = Tries(clock)
    assert let_through(tries, "a", 12) == 10
    clock.advance(29 * SECOND)
    assert let_through(tries, "a", 1) == 0
    clock.advance(SECOND)
    assert let_through(tries, "a", 2) == 1
    clock.advance(timedelta(minutes=5))
    assert let_through(tries, "a", 12) == 10


def test_a_refusal_says_exactly_how_long_to_wait():
    """Waiting that long works; a microsecond less does not."""
    clock = FakeClock()
    tries = Tries(clock)
    let_through(tries, "a", 10)
    clock.advance(7 * SECOND)
    with pytest.raises(TooManyTries) as refused:
        tries.take("a")
    assert refused.value.retry_after == 23 * SECOND
    clock.advance(refused.value.retry_after - timedelta(microseconds=1))
    assert let_through(tries, "a", 1) == 0
    clock.advance(timedelta(microseconds=1))
    assert let_through(tries, "a", 1) == 1


def test_names_are_counted_apart():
    """One who guesses does not lock out another."""
    tries = Tries(FakeClock())
    let_through(tries, "a", 20)
    assert let_through(tries, "b", 10) == 10


def test_a_try_can_be_given_back():
    """Giving back one makes room for one."""
    tries = Tries(FakeClock())
    let_through(tries, "a", 10)
    tries.give_back("a")
    tries.give_back("never seen")
    assert let_through(tries, "a", 2) == 1


def test_a_clock_set_back_locks_nobody_out_for_long():
    """However far it jumps, five minutes after the next try the bucket is full again."""
    clock = FakeClock()
    tries = Tries(clock)
    let_through(tries, "a", 10)
    clock.advance(timedelta(days=-365))
    assert let_through(tries, "a", 1) == 0
    clock.advance(timedelta(minutes=5))
    assert let_through(tries, "a", 12) == 10


def test_the_room_is_bounded():
    """A flood of names costs bounded room, and the newest are remembered."""
    tries = Tries(FakeClock(), capacity=100)
    for number in range(10_000):
        tries.take(f"name {number}")
    assert len(tries._full_at) == 100
    assert let_through(tries, "name 9999", 10) == 9


def test_an_endless_name_is_kept_short():
    """A name of any length takes the same room, and is still counted."""
    tries = Tries(FakeClock())
    assert let_through(tries, "a" * 1_000_000, 11) == 10
    assert max(map(len, tries._full_at)) == 300
    tries.give_back("a" * 1_000_000)
    assert let_through(tries, "a" * 1_000_000, 2) == 1


@given(st.lists(st.integers(min_value=0, max_value=120), min_size=1, max_size=60))
def test_no_window_lets_more_through_than_promised(pauses: list[int]):
    """In any five minutes at most twenty: a full bucket and one refill of it."""
    clock, passed = FakeClock(), []
    tries = Tries(clock)
    for pause in pauses:
        clock.advance(pause * SECOND)
        if let_through(tries, "a", 1):
            passed.append(clock.now())
    for start in passed:
        within = [at for at in passed if start <= at < start + timedelta(minutes=5)]
        assert len(within) <= 20
    elapsed = sum(pauses)
    assert len(passed) <= 10 + elapsed // 30


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_network_counts_as_one(address: str, network: str):
    """An IPv6 /64 is one household; what is no address is itself."""
    assert network == network_of(address)


def test_ten_thousand_addresses_of_one_network_count_as_one():
    """Changing the last half of an IPv6 address buys no guess."""
    assert len({network_of(f"2001:db8::{n:x}") for n in range(10_000)}) == 1
