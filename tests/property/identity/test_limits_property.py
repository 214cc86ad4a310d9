"""Whatever the schedule, no source, address, page or site gets more than its share."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from callingcard.identity.errors import LandingLimited
from callingcard.identity.service.limits import LandingLimits, Limiter

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMITS = LandingLimits(
    per_source=4,
    per_address=3,
    per_origin=6,
    per_site=8,
    window=timedelta(minutes=10),
    addresses_per_source=5,
    shut_out=timedelta(minutes=30),
)
SHARES = {
    "source": LIMITS.per_source,
    "address": LIMITS.per_address,
    "origin": LIMITS.per_origin,
    "site": LIMITS.per_site,
}

claims = st.tuples(
    st.integers(min_value=0, max_value=2),
    st.integers(min_value=0, max_value=6),
    st.integers(min_value=0, max_value=1),
    st.integers(min_value=0, max_value=400),
)


@given(st.lists(claims, max_size=120))
def test_no_one_gets_more_than_their_share(schedule: list[tuple[int, int, int, int]]):
    """In any window at most a full bucket and one refill of it, counted in four ways."""
    told: list[str] = []
    limiter = Limiter(
        "shop", LIMITS, secret=b"s" * 32, alarm=lambda kind, _site: told.append(kind)
    )
    let: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    waits: list[timedelta] = []
    now = NOON
    for source, address, origin, pause in schedule:
        now += timedelta(seconds=pause)
        names = {
            "source": f"192.0.2.{source}",
            "address": f"v{address}@example.com",
            "origin": f"https://p{origin}.example",
            "site": "shop",
        }
        try:
            limiter.enter(names["source"], now)
            limiter.spend(names["source"], names["address"], origin=names["origin"], now=now)
        except LandingLimited as limited:
            waits.append(limited.retry_after)
            continue
        for kind, name in names.items():
            let[kind, name].append(now)
    for (kind, _), moments in let.items():
        for start in moments:
            within = [at for at in moments if start <= at < start + LIMITS.window]
            assert len(within) <= 2 * SHARES[kind]
    assert told.count("minted") == len(let["site", "shop"])
    assert told.count("limited") == len(waits)
    assert all(timedelta(0) < wait <= LIMITS.shut_out for wait in waits)


@given(
    st.lists(
        st.tuples(
            st.integers(min_value=0, max_value=30), st.integers(min_value=0, max_value=600)
        ),
        max_size=150,
    )
)
def test_abuse_is_found_exactly_when_it_is_there(visits: list[tuple[int, int]]):
    """A naive count of different addresses in the last hour agrees at every step."""
    limits = LandingLimits(
        per_source=10**6, per_address=10**6, per_origin=10**6, per_site=10**6,
        addresses_per_source=5, shut_out=timedelta(minutes=20),
    )  # fmt: skip
    limiter = Limiter("shop", limits, secret=b"s" * 32, alarm=lambda *_: None)
    seen: dict[int, datetime] = {}
    shut_until, now = NOON, NOON
    for address, pause in visits:
        now += timedelta(seconds=pause)
        expected = now >= shut_until
        if expected:
            seen = {who: at for who, at in seen.items() if now - at < HOUR}
            seen[address] = now
            if len(seen) > limits.addresses_per_source:
                seen, shut_until, expected = {}, now + limits.shut_out, False
        try:
            limiter.enter("192.0.2.1", now)
            limiter.spend("192.0.2.1", f"v{address}@a.example", origin="https://a", now=now)
            let_in = True
        except LandingLimited:
            let_in = False
        assert let_in is expected
