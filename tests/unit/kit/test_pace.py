"""What is sent is counted exactly, refilled by time, and kept in bounded room."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callingcard.kit.pace import Pace, network_of

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FIVE_MINUTES = timedelta(minutes=5)


def ten_in_five_minutes() -> Pace:
    """Return a pace of ten at once and ten more in every five minutes."""
    return Pace(10, FIVE_MINUTES)


def let_through(pace: Pace, name: str, times: int, now: datetime = NOON) -> int:
    """Ask *times*, and return how often it was allowed."""
    return sum(pace.wait(name, now) is None for _ in range(times))


def test_ten_at_once_and_then_one_each_half_minute():
    """The bucket empties at once and refills evenly."""
    pace = ten_in_five_minutes()
    assert let_through(pace, "a", 12) == 10
    assert let_through(pace, "a", 1, NOON + 29 * SECOND) == 0
    assert let_through(pace, "a", 2, NOON + 30 * SECOND) == 1
    assert let_through(pace, "a", 12, NOON + 2 * FIVE_MINUTES) == 10


def test_a_refusal_says_exactly_how_long_to_wait():
    """Waiting that long works; a microsecond less does not."""
    pace = ten_in_five_minutes()
    let_through(pace, "a", 10)
    now = NOON + 7 * SECOND
    wait = pace.wait("a", now)
    assert wait == 23 * SECOND
    assert let_through(pace, "a", 1, now + wait - timedelta(microseconds=1)) == 0
    assert let_through(pace, "a", 1, now + wait) == 1


def test_names_are_counted_apart():
    """One who is too fast does not slow another."""
    pace = ten_in_five_minutes()
    let_through(pace, "a", 20)
    assert let_through(pace, "b", 10) == 10


def test_what_was_counted_can_be_given_back():
    """Giving back one makes room for one."""
    pace = ten_in_five_minutes()
    let_through(pace, "a", 10)
    pace.give_back("a")
    pace.give_back("never seen")
    assert let_through(pace, "a", 2) == 1


def test_a_clock_set_back_locks_nobody_out_for_long():
    """However far it jumps, five minutes later the bucket is full again."""
    pace = ten_in_five_minutes()
    let_through(pace, "a", 10)
    past = NOON - timedelta(days=365)
    assert let_through(pace, "a", 1, past) == 0
    assert let_through(pace, "a", 12, past + FIVE_MINUTES) == 10


def test_the_room_is_bounded():
    """A flood of names costs bounded room, and the newest are remembered."""
    pace = Pace(10, FIVE_MINUTES, capacity=100)
    for number in range(10_000):
        pace.wait(f"name {number}", NOON)
    assert len(pace) == 100
    assert let_through(pace, "name 9999", 10) == 9


def test_an_endless_name_is_kept_short():
    """A name of any length takes the same room, and is still counted."""
    pace = ten_in_five_minutes()
    assert let_through(pace, "a" * 1_000_000, 11) == 10
    assert let_through(pace, "a" * 300, 1) == 0
    pace.give_back("a" * 1_000_000)
    assert let_through(pace, "a" * 1_000_000, 2) == 1


def test_who_hammers_is_not_forgotten():
    """A sender who is refused again and again does not fall out as the oldest."""
    pace = Pace(1, FIVE_MINUTES, capacity=10)
    for number in range(1000):
        pace.wait("hammer", NOON)
        pace.wait(f"name {number}", NOON)
    assert let_through(pace, "hammer", 1) == 0


@given(st.lists(st.integers(min_value=0, max_value=120), min_size=1, max_size=60))
def test_no_window_lets_more_through_than_promised(pauses: list[int]):
    """In any five minutes at most twenty: a full bucket and one refill of it."""
    pace, now = ten_in_five_minutes(), NOON
    passed: list[datetime] = []
    for pause in pauses:
        now += pause * SECOND
        if let_through(pace, "a", 1, now):
            passed.append(now)
    for start in passed:
        within = [at for at in passed if start <= at < start + FIVE_MINUTES]
        assert len(within) <= 20
    assert len(passed) <= 10 + sum(pauses) // 30


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
    """Changing the last half of an IPv6 address buys nothing."""
    assert len({network_of(f"2001:db8::{n:x}") for n in range(10_000)}) == 1
