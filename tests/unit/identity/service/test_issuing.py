"""Issuing decides when the platform is asked, by whom, and what is remembered of it."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callingcard.errors import UpstreamError
from callingcard.identity.errors import (
    InvalidVisitor,
    PlatformRefused,
    PlatformUnavailable,
    Unverified,
)
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.platforms.desk import Desk
from callingcard.identity.platforms.hubspot import HubSpot
from callingcard.identity.service.guard import Guard
from callingcard.identity.service.happenings import Called, Happening, Recovered, Tripped
from callingcard.identity.service.issuing import (
    Abandon,
    Drop,
    Enter,
    Issue,
    Lease,
    Leave,
    Outcome,
    Pause,
    Recall,
    Release,
    Remember,
    Renew,
    RenewLater,
    Terms,
    admitted,
    forgetting,
    issuing,
    renewing,
)
from callingcard.identity.service.vault import Kept, Refusal
from callingcard.kit.clock import FakeClock

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADA = Visitor("ada@example.com", email_verified=True)
NEW = IdentityToken("new", NOON + 12 * HOUR)
HUBSPOT = HubSpot(access_token="pat-one")
DESK = Desk("https://desk.example", "web", "k1", "0123456789abcdef0123456789abcdef")
REFUSED = PlatformRefused("not this visitor", hint="look at the address")
FORBIDDEN = PlatformRefused("not with this key", whole_site=True)
DOWN = PlatformUnavailable("it is down")


def cached(left: timedelta, *, ageing: bool = False) -> IdentityToken:
    """Return a token with *left* to live, its renewal due or not."""
    return IdentityToken("old", NOON + left, NOON if ageing else NOON + left)


class Run:
    """Answers steps from what a test sets, and keeps what they asked for."""

    def __init__(
        self,
        *,
        found: list[Kept | None] | None = None,
        leases: list[bool] | None = None,
        issued: IdentityToken | PlatformRefused | PlatformUnavailable | None = NEW,
    ) -> None:
        self.found = found or []
        self.leases = leases or []
        self.issued = issued
        self.asks: list[Any] = []
        self.told: list[Happening] = []
        self.clock = FakeClock(NOON)
        self.guard = Guard((1000, timedelta(seconds=1)))

    @property
    def kinds(self) -> list[type]:
        """What was asked for, in order."""
        return [type(ask) for ask in self.asks]

    def issue(self) -> IdentityToken:
        """Run ``issuing``."""
        return self.carry_out(issuing(self.clock))

    def renew(self) -> IdentityToken:
        """Run ``renewing``."""
        return self.carry_out(
            renewing(Terms(self.clock, self.guard, self.told.append, lambda: 0.5))
        )

    def carry_out(self, steps: Generator[Any, Any, IdentityToken]) -> IdentityToken:
        """Answer every ask; return what the steps return."""
        answer: Any = None
        while True:
            try:
                ask = steps.send(answer)
            except StopIteration as done:
                return done.value
            self.asks.append(ask)
            answer = self.answer(ask)

    def answer(self, ask: object) -> Any:
        """Answer one ask."""
        match ask:
            case Recall():
                return self.found.pop(0) if self.found else None
            case Lease():
                return self.leases.pop(0) if self.leases else True
            case Issue() if isinstance(self.issued, UpstreamError):
                return Outcome(None, self.issued, 0.1)
            case Issue():
                return Outcome(self.issued, None, 0.1)
            case _:
                return NEW


@pytest.mark.parametrize(
    ("found", "asked", "value"),
    [
        (cached(6 * HOUR), [Recall], "old"),
        (cached(2 * HOUR, ageing=True), [Recall, RenewLater], "old"),
        (cached(timedelta(minutes=4)), [Recall, Renew], "new"),
        (cached(timedelta(minutes=5)), [Recall], "old"),
        (cached(-HOUR), [Recall, Renew], "new"),
        (IdentityToken("old"), [Recall], "old"),
        (None, [Recall, Renew], "new"),
    ],
)
def test_a_token_is_reused_while_it_is_good(
    found: IdentityToken | None, asked: list[type], value: str
):
    """Fresh is reused, ageing is reused and renewed behind, spent and unknown are renewed."""
    run = Run(found=[found])
    assert (value, asked) == (run.issue().value, run.kinds)


def test_an_ageing_token_never_asks_the_page_back_at_once():
    """With the platform down, a page must not ask in a loop."""
    run = Run(found=[cached(2 * HOUR, ageing=True)])
    assert NOON + timedelta(minutes=5) == run.issue().refresh_at


def test_a_renewal_stores_what_it_got_with_the_point_to_renew_it():
    """The point is drawn once, and kept with the token."""
    run = Run()
    token = run.renew()
    assert [Enter, Lease, Recall, Issue, Remember] == run.kinds
    assert NOON + timedelta(hours=10.2) == token.refresh_at
    assert (Remember(token), [Called(0.1)]) == (run.asks[-1], run.told)


def test_a_renewal_takes_what_another_one_has_just_stored():
    """Between the look that found nothing and the lease, another may have ended."""
    run = Run(found=[cached(12 * HOUR)])
    assert ("old", [Enter, Lease, Recall, Release]) == (run.renew().value, run.kinds)


def test_whoever_has_no_lease_waits_for_what_the_other_gets():
    """It looks now and then, less often each time, and never calls."""
    run = Run(leases=[False, False], found=[None, cached(12 * HOUR)])
    assert run.renew().value == "old"
    assert [Enter, Lease, Leave, Pause, Recall] * 2 == run.kinds
    pauses = [ask.seconds for ask in run.asks if isinstance(ask, Pause)]
    assert pytest.approx(pauses) == [0.02, 0.03]


def test_the_lease_of_a_dead_process_passes_on():
    """Whoever waits takes over once it has ended."""
    run = Run(leases=[False, True])
    assert ("new", Issue) == (run.renew().value, run.kinds[-2])


def test_waiting_for_another_process_has_an_end():
    """After ten seconds the caller is told to come again."""
    run = Run(leases=[False] * 1000)
    with pytest.raises(PlatformUnavailable):
        run.renew()
    waited = sum(ask.seconds for ask in run.asks if isinstance(ask, Pause))
    assert 9.5 <= waited <= 10


def test_a_visitor_who_is_refused_is_remembered_for_a_minute():
    """The platform is not asked about the same person again and again."""
    run = Run(issued=REFUSED)
    with pytest.raises(PlatformRefused):
        run.renew()
    until = NOON + timedelta(seconds=60)
    remembered = Remember(Refusal("not this visitor", "look at the address", until))
    assert [Enter, Lease, Recall, Issue, Remember, Release] == run.kinds
    assert remembered == run.asks[4]


@pytest.mark.parametrize("how", ["issue", "renew"])
def test_a_remembered_refusal_is_told_without_asking(how: str):
    """It is told to everybody, and does not last longer for it."""
    run = Run(found=[Refusal("no", "", NOON + timedelta(seconds=30))])
    with pytest.raises(PlatformRefused):
        getattr(run, how)()
    assert not {Issue, Remember, Renew} & set(run.kinds)


@pytest.mark.parametrize("end", [timedelta(0), timedelta(hours=1)])
def test_a_refusal_ends_whatever_the_clock_does(end: timedelta):
    """A clock that was set back does not prolong it either."""
    run = Run(found=[Refusal("no", "", NOON + end)])
    assert run.issue().value == "new"


def test_a_refused_key_is_not_held_against_the_visitor():
    """It trips the site: the next visitor is told the same, without a call."""
    run = Run(issued=FORBIDDEN)
    for _ in range(2):
        with pytest.raises(PlatformRefused):
            run.renew()
    assert (run.kinds.count(Issue), run.kinds.count(Remember)) == (1, 0)
    assert [Called(0.1, FORBIDDEN), Tripped(FORBIDDEN)] == run.told


def test_a_tripped_site_looks_again_after_a_minute_and_recovers():
    """Somebody may have mended it on the other side."""
    run = Run(issued=FORBIDDEN)
    with pytest.raises(PlatformRefused):
        run.renew()
    run.clock.advance(timedelta(seconds=61))
    run.issued = IdentityToken("new", NOON + 12 * HOUR)
    assert run.renew().value == "new"
    assert Recovered() == run.told[-1]


def test_a_failed_call_ends_the_lease_and_is_not_remembered():
    """The next to ask may have more luck."""
    run = Run(issued=DOWN)
    with pytest.raises(PlatformUnavailable):
        run.renew()
    assert [Enter, Lease, Recall, Issue, Release] == run.kinds


def test_a_renewal_given_up_frees_the_probe():
    """A cancelled probe must not keep everybody from probing."""
    run = Run(issued=FORBIDDEN)
    with pytest.raises(PlatformRefused):
        run.renew()
    run.clock.advance(timedelta(seconds=61))
    steps = renewing(Terms(run.clock, run.guard, run.told.append, lambda: 0.5))
    asks = [steps.send(answer) for answer in (None, None, True, None)]
    assert isinstance(asks[-1], Issue)
    steps.close()
    run.issued = NEW
    assert run.renew().value == "new"


@pytest.mark.parametrize("issued", [None, IdentityToken("t", NOON + timedelta(minutes=4))])
def test_a_renewal_without_a_usable_token_fails_and_stores_nothing(
    issued: IdentityToken | None,
):
    """Nothing, or a token about to end, is no token."""
    run = Run(issued=issued)
    with pytest.raises(PlatformUnavailable):
        run.renew()
    assert Remember not in run.kinds


def test_whoever_is_over_the_quota_waits_for_their_turn():
    """And is told to come again when that would take too long."""
    run = Run()
    run.guard = Guard((1, timedelta(seconds=6)))
    run.renew()
    with pytest.raises(PlatformUnavailable) as caught:
        run.renew()  # the clock stands still, and twice six seconds are too long
    assert run.kinds[5:] == [Enter, Leave, Pause, Recall, Enter, Leave]
    assert timedelta(seconds=6) == caught.value.retry_after


def test_a_token_that_still_serves_is_not_lost_to_a_refusal():
    """A moved path or a firewall that says 400 is no reason to forget it."""
    run = Run(found=[cached(HOUR, ageing=True)], issued=REFUSED)
    with pytest.raises(PlatformRefused):
        run.renew()
    assert Remember not in run.kinds


def test_trouble_is_told_before_anything_is_asked():
    """Neither the store nor another's lease makes anybody wait for a refusal."""
    run = Run(issued=FORBIDDEN, leases=[True, False])
    for _ in range(2):
        with pytest.raises(PlatformRefused):
            run.renew()
    assert run.kinds == [Enter, Lease, Recall, Issue, Release]


def test_a_token_that_ages_past_the_margin_while_the_store_is_slow_is_spent():
    """What counts is the time when it is handed out."""
    run = Run()
    steps = issuing(run.clock)
    steps.send(None)
    run.clock.advance(timedelta(seconds=2))
    assert isinstance(steps.send(cached(timedelta(minutes=5, seconds=1))), Renew)


def test_forgetting_stops_those_on_their_way_first():
    """Deleting first would let a renewal put the token back."""
    assert [Abandon, Drop] == [type(step) for step in forgetting()]


def test_an_address_that_nobody_proved_is_never_vouched_for():
    """Not with a user id either, where the platform goes by the address."""
    claimed = Visitor("grace@example.com", user_id="7")
    with pytest.raises(Unverified):
        admitted(claimed, HUBSPOT, allow_unverified=False)
    with pytest.raises(Unverified):
        admitted(Visitor("grace@example.com"), DESK, allow_unverified=False)
    with pytest.raises(Unverified):
        admitted(Visitor(email_verified=True), DESK, allow_unverified=False)


def test_an_unproved_address_is_left_out_when_a_user_id_is_enough():
    """The token then speaks of the user id alone."""
    seen = admitted(Visitor("g@example.com", user_id="7"), DESK, allow_unverified=False)
    assert (seen.email, seen.user_id) == (None, "7")


def test_an_operator_may_let_claimed_addresses_pass():
    """That is what allow_unverified is for."""
    claimed = Visitor("grace@example.com")
    assert claimed is admitted(claimed, HUBSPOT, allow_unverified=True)


def test_a_platform_that_needs_an_address_says_so():
    """A user id alone is no use to HubSpot."""
    with pytest.raises(InvalidVisitor) as caught:
        admitted(Visitor(user_id="7"), HUBSPOT, allow_unverified=False)
    assert list(caught.value.fields) == ["email"]
