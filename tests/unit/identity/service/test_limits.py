"""Claims are counted by source, address, page and site, and abuse is reported once."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from callingcard.identity.errors import LandingLimited
from callingcard.identity.service import limits as limits_module
from callingcard.identity.service.limits import LandingLimits, Limiter

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SECRET = b"a server secret of 32 bytes or more"
PAGE = "https://shop.example"


class Gate:
    """A limiter, and what it told."""

    def __init__(self, limits: LandingLimits = LandingLimits()) -> None:  # noqa: B008  (frozen)
        self.told: list[tuple[str, str]] = []
        self.limiter = Limiter(
            "shop", limits, secret=SECRET, alarm=lambda *what: self.told.append(what)
        )

    def claim(
        self,
        client: str = "192.0.2.1",
        email: str = "ada@example.com",
        origin: str = PAGE,
        now: datetime = NOON,
    ) -> timedelta | None:
        """Make one claim; return how long it has to wait, None when it was let through."""
        try:
            self.limiter.enter(client, now)
            self.limiter.spend(client, email, origin=origin, now=now)
        except LandingLimited as refused:
            return refused.retry_after
        return None

    def count(self, kind: str) -> int:
        """Return how often *kind* was told."""
        return self.told.count((kind, "shop"))


def each(number: int, **changed: object) -> dict[str, str]:
    """Return a claim unlike every other in source, address and page, but for *changed*."""
    claim = {
        "client": f"192.0.2.{number}",
        "email": f"v{number}@example.com",
        "origin": f"https://p{number}.example",
    }
    return {**claim, **{name: str(value) for name, value in changed.items()}}


@pytest.mark.parametrize(
    ("limit", "same"),
    [
        ("per_source", {"client": "192.0.2.1"}),
        ("per_address", {"email": "ada@example.com"}),
        ("per_origin", {"origin": PAGE}),
        ("per_site", {}),
    ],
)
def test_each_limit_counts_what_it_is_for(limit: str, same: dict[str, str]):
    """Three are let through, the fourth waits; the window makes room again."""
    wide = dict.fromkeys(("per_source", "per_address", "per_origin", "per_site"), 1000)
    gate = Gate(LandingLimits(**{**wide, limit: 3}))
    waits = [gate.claim(**each(number, **same)) for number in range(4)]
    assert waits == [None, None, None, LandingLimits().window / 3]
    assert (gate.count("minted"), gate.count("limited")) == (3, 1)
    later = NOON + LandingLimits().window
    assert gate.claim(**each(9, **same), now=later) is None


def test_what_differs_is_not_counted_together():
    """With everything different but the site, one limit's share is not another's."""
    gate = Gate(LandingLimits(per_source=1, per_address=1, per_origin=1))
    assert [gate.claim(**each(number)) for number in range(50)] == [None] * 50


def test_one_source_cannot_use_up_what_is_for_all():
    """What a source is refused for is not counted against the site or the page."""
    gate = Gate(LandingLimits(per_source=2, per_site=4, per_origin=4))
    for _ in range(50):
        gate.claim("192.0.2.66")
    assert gate.claim("192.0.2.1", "grace@example.com") is None
    assert gate.claim("192.0.2.2", "linus@example.com") is None


def test_ten_thousand_addresses_of_one_network_count_as_one():
    """An IPv6 /64 is one source, and so is an IPv4 address written as IPv6."""
    gate = Gate()
    let = [gate.claim(f"2001:db8::{number:x}") for number in range(10_000)].count(None)
    assert let == LandingLimits().per_address
    gate = Gate(LandingLimits(per_source=1))
    assert gate.claim("192.0.2.1") is None
    assert gate.claim("::ffff:192.0.2.1", "grace@example.com") is not None


def test_an_address_is_counted_across_sources():
    """A thousand networks cannot claim one person more often than one network can."""
    gate = Gate(LandingLimits(per_address=5))
    let = [gate.claim(f"198.51.{n // 250}.{n % 250}") for n in range(1000)].count(None)
    assert let == 5


def trying(gate: Gate, count: int, *, now: datetime = NOON, first: int = 0) -> list[bool]:
    """Claim *count* different addresses from one source; say which were let through."""
    return [
        gate.claim("203.0.113.9", f"v{first + n}@example.com", now=now) is None
        for n in range(count)
    ]


def test_many_addresses_from_one_source_are_abuse():
    """The twenty-first shuts the source out for an hour; others do not notice."""
    gate = Gate(LandingLimits(per_source=1000, per_address=1000))
    with capture_logs() as lines:
        assert trying(gate, 30) == [True] * 20 + [False] * 10
    assert gate.count("abuse_suspected") == 1
    assert gate.claim("203.0.113.9", now=NOON + 59 * MINUTE) == MINUTE
    assert gate.claim("203.0.113.10") is None
    assert gate.claim("203.0.113.9", now=NOON + HOUR) is None
    warnings = [line for line in lines if line["event"] == "identity.abuse_suspected"]
    assert [(line["log_level"], line["site"]) for line in warnings] == [("warning", "shop")]


def test_the_same_addresses_again_are_no_abuse():
    """An office whose twenty people come back all day is let in."""
    gate = Gate(LandingLimits(per_source=1000, per_address=1000))
    for visit in range(40):
        assert all(trying(gate, 20, now=NOON + visit * 10 * MINUTE))
    assert gate.count("abuse_suspected") == 0


def test_addresses_are_forgotten_after_an_hour():
    """Twenty in this hour and twenty in the next are two busy hours."""
    gate = Gate(LandingLimits(per_source=1000))
    assert all(trying(gate, 20))
    assert all(trying(gate, 20, now=NOON + HOUR, first=20))


def test_abuse_is_reported_once_for_each_source_and_hour():
    """A short shut-out does not make an alert of every new try."""
    gate = Gate(LandingLimits(per_source=1000, shut_out=MINUTE))
    for minute in range(0, 120, 2):
        trying(gate, 21, now=NOON + minute * MINUTE, first=minute * 100)
    assert gate.count("abuse_suspected") == 2


def test_a_clock_set_back_shuts_nobody_out_for_long():
    """The wait that is told never grows over the time a source is shut out."""
    gate = Gate(LandingLimits(per_source=1000))
    trying(gate, 21)
    assert gate.claim("203.0.113.9", now=NOON - timedelta(days=365)) == HOUR


def test_log_lines_name_nobody():
    """An audit line for each mint, with hashes where an address and a network would be."""
    gate = Gate(LandingLimits(per_source=1000))
    with capture_logs() as lines:
        trying(gate, 21)
    audit = [line for line in lines if line["event"] == "minted for a claimed address"]
    assert len(audit) == 20
    assert {line["audit"] for line in audit} == {True}
    assert len({line["person"] for line in audit}) == 20
    assert len({line["source"] for line in lines}) == 1
    written = str(lines)
    assert "example.com" not in written
    assert "203.0.113" not in written


def test_no_address_is_kept_in_plain():
    """What is remembered of a claimed address cannot be read back without the secret."""
    gate = Gate()
    gate.claim(email="canary@example.com")
    kept = [*gate.limiter._by_address._full_at, *gate.limiter._records["192.0.2.1"].seen]
    assert len(kept) == 2
    assert not any("canary" in name or "@" in name for name in kept)


@pytest.fixture
def small_room(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let the limiter remember a hundred of everything."""
    monkeypatch.setattr(limits_module, "_SOURCES", 100)
    monkeypatch.setattr(limits_module, "_ADDRESSES", 100)
    return 100


def test_memory_is_bounded_by_count_and_not_by_visitors(small_room: int):
    """A flood of sources, addresses and pages leaves no more than the room there is."""
    gate = Gate(LandingLimits(per_source=9, per_address=9, per_origin=10**6, per_site=10**6))
    for number in range(20_000):
        gate.claim(
            f"2001:db8:{number:x}::1", f"v{number}@example.com", f"https://p{number}.example"
        )
    limiter = gate.limiter
    assert len(limiter._records) == small_room
    assert len(limiter._by_source) == small_room
    assert len(limiter._by_address) == small_room
    assert len(limiter._by_origin) <= 10_000
