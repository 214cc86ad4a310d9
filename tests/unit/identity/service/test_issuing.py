"""Issuing decides when the platform is asked, and never asks it twice."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callingcard.errors import UpstreamError
from callingcard.identity.errors import InvalidVisitor, PlatformUnavailable, Unverified
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.platforms.desk import Desk
from callingcard.identity.platforms.hubspot import HubSpot
from callingcard.identity.service.issuing import (
    Abandon,
    Drop,
    Issue,
    Recall,
    Remember,
    Renew,
    RenewLater,
    Vault,
    admitted,
    forgetting,
    issuing,
    renewing,
)

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADA = Visitor("ada@example.com", email_verified=True)
NEW = IdentityToken("new", NOON + 12 * HOUR)
HUBSPOT = HubSpot(access_token="pat-one")
DESK = Desk("https://desk.example", "web", "k1", "0123456789abcdef0123456789abcdef")


def cached(left: timedelta, *, ageing: bool = False) -> IdentityToken:
    """Return a token with *left* to live, its renewal due or not."""
    return IdentityToken("old", NOON + left, NOON if ageing else NOON + left)


def run(
    steps: Generator[Any, Any, Any],
    found: IdentityToken | None,
    issued: IdentityToken | None = NEW,
):
    """Answer *steps*; return what they asked for, in order, and what they returned."""
    seen: list[object] = []
    answer = None
    while True:
        try:
            ask = steps.send(answer)
        except StopIteration as done:
            return [type(ask) for ask in seen], done.value, seen
        seen.append(ask)
        answer = found if isinstance(ask, Recall) else issued


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
    kinds, token, _ = run(issuing(ADA, NOON), found)
    assert (asked, value) == (kinds, token.value)


def test_an_ageing_token_never_asks_the_page_back_at_once():
    """With the platform down, a page must not ask in a loop."""
    _, token, _ = run(issuing(ADA, NOON), cached(2 * HOUR, ageing=True))
    assert NOON + timedelta(minutes=5) == token.refresh_at


def test_a_renewal_stores_what_it_got_with_the_point_to_renew_it():
    """The point is drawn once, and kept with the token."""
    kinds, token, seen = run(renewing(ADA, NOON, draw=0.5), None)
    assert [Recall, Issue, Remember] == kinds
    assert NOON + timedelta(hours=10.2) == token.refresh_at
    assert Remember(ADA, token) == seen[-1]


def test_a_renewal_takes_what_another_one_has_just_stored():
    """Between the look that found nothing and the renewal, another may have ended."""
    kinds, token, _ = run(renewing(ADA, NOON, draw=0.5), cached(12 * HOUR))
    assert ([Recall], "old") == (kinds, token.value)


@pytest.mark.parametrize("issued", [None, IdentityToken("t", NOON + timedelta(minutes=4))])
def test_a_renewal_without_a_usable_token_fails_and_stores_nothing(
    issued: IdentityToken | None,
):
    """Nothing, or a token about to end, is no token."""
    with pytest.raises(UpstreamError):
        run(renewing(ADA, NOON, draw=0.5), None, issued)


def test_issuing_fails_when_the_renewal_brings_nothing():
    """A driver that answers None is a failure and not a token."""
    with pytest.raises(PlatformUnavailable):
        run(issuing(ADA, NOON), None, None)


def test_forgetting_stops_those_on_their_way_first():
    """Deleting first would let a renewal put the token back."""
    assert [Abandon, Drop] == [type(step) for step in forgetting(ADA)]


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


def test_every_visitor_field_and_setting_is_part_of_the_key():
    """Two different tokens are never stored under one key."""
    vault = Vault(HUBSPOT, "shop")
    variants = [
        ADA,
        Visitor("grace@example.com", email_verified=True),
        Visitor("ada@example.com"),
        Visitor("ada@example.com", email_verified=True, user_id="1"),
        Visitor("ada@example.com", email_verified=True, first_name="Ada"),
        Visitor("ada@example.com", email_verified=True, last_name="Ada"),
        Visitor("ada@example.com", email_verified=True, properties={"a": "b"}),
    ]
    keys = {vault.key(v) for v in variants}
    others = [
        Vault(HUBSPOT, "other"),
        Vault(HubSpot(access_token="pat-two"), "shop"),
        Vault(HubSpot(access_token="pat-one", path="/other"), "shop"),
    ]
    keys |= {other.key(ADA) for other in others}
    assert len(variants) + len(others) == len(keys)


def test_one_mailbox_has_one_key_however_it_is_typed():
    """The address is canonical before it is hashed."""
    vault = Vault(HUBSPOT, "shop")
    other = Visitor(" ADA@Example.COM ", email_verified=True)
    assert vault.key(ADA) == vault.key(other)


def test_a_stored_token_opens_only_where_it_was_put():
    """Moved to another key, changed by a bit, or sealed by another: nothing is found."""
    vault = Vault(HUBSPOT, "shop")
    sealed = vault.seal(NEW, "a.b")
    assert vault.open(sealed, "a.b") == NEW
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    stranger = Vault(HubSpot(access_token="pat-two"), "shop")
    found = [vault.open(sealed, "a.c"), vault.open(flipped, "a.b"), vault.open(b"", "a.b")]
    assert [*found, stranger.open(sealed, "a.b")] == [None] * 4


def test_a_person_is_forgotten_under_address_and_user_id():
    """Both names are dropped, whichever the token was stored under."""
    vault = Vault(HUBSPOT, "shop")
    both = Visitor("ada@example.com", user_id="7")
    by_id = vault.person(Visitor(user_id="7"))
    assert [vault.person(ADA), by_id] == vault.people(both)
