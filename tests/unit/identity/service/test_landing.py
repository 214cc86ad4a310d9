"""Whom a page may be vouched for when nobody signs in."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callingcard.access.errors import BadKey, OriginRefused
from callingcard.errors import CallingcardError
from callingcard.identity.errors import (
    EmailMismatch,
    InvalidVisitor,
    InviteSpent,
    KeyNotAllowed,
    LandingLimited,
    OriginNotAllowed,
    ProofExpired,
    ProofInvalid,
    Unverified,
)
from callingcard.identity.model import Presented, Visitor
from callingcard.identity.service.invites import InviteDesk
from callingcard.identity.service.landing import Claim, SiteLanding, WhenUnverified
from callingcard.identity.service.limits import LandingLimits, Limiter
from callingcard.kit.actor import Actor, Scope

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SECRETS = [b"a server secret of 32 bytes or more"]
PAGE = "https://shop.example"
ADA = "ada@example.com"
NOTHING_GIVEN = Presented(())
MODES: tuple[WhenUnverified, ...] = ("refuse", "anonymous", "mint")


@dataclass
class Spent:
    """Remembers used invites in memory; yields before it answers, as a database does."""

    by_name: dict[str, str] = field(default_factory=dict[str, str])

    async def spend(self, name: str, *, attempt: str, until: datetime) -> bool:
        """Note the use."""
        assert until > NOON
        await asyncio.sleep(0)
        return self.by_name.setdefault(name, attempt) == attempt

    async def restore(self, attempt: str) -> None:
        """Undo the use."""
        self.by_name = {n: a for n, a in self.by_name.items() if a != attempt}


@dataclass
class KnownKeys:
    """Knows publishable keys by their secrets; counts the asks."""

    asked: int = 0

    async def authenticate(self, secret: str, *, origin: str | None = None) -> Actor:
        """Return whose key it is, as ``access`` would."""
        self.asked += 1
        scopes = frozenset({Scope.TOKENS})
        known = {
            "cc_pk_shop": Actor("key", "1", "page", scopes, site="shop"),
            "cc_pk_other": Actor("key", "2", "other", scopes, site="other"),
            "cc_pk_every": Actor("key", "3", "every", scopes),
            "cc_pk_desk": Actor("key", "4", "desk", frozenset({Scope.DESK}), site="shop"),
        }
        if secret not in known:
            raise BadKey("unknown")
        if origin != PAGE:
            raise OriginRefused("not for this page")
        return known[secret]


class Site:
    """One site's landing pages, with everything it needs."""

    def __init__(
        self, unverified: WhenUnverified = "mint", limits: LandingLimits | None = None
    ) -> None:
        self.told: list[str] = []
        self.keys = KnownKeys()
        self.spent = Spent()
        self.invites = InviteDesk(SECRETS, self.spent)
        limiter = Limiter(
            "shop",
            limits or LandingLimits(),
            secret=SECRETS[0],
            alarm=lambda kind, _: self.told.append(kind),
        )
        origins = frozenset({PAGE, "https://other.example"})
        self.landing = SiteLanding(unverified, origins, self.keys, limiter, self.invites)

    def admit(self, claim: Claim, *, now: datetime = NOON) -> Awaitable[Visitor | None]:
        """Ask for *claim*."""
        return self.landing.admit("shop", claim, NOTHING_GIVEN, now)

    def invite(self, email: str = ADA, **more: Any) -> str:
        """Return an invite for *email* to this site."""
        return self.invites.make("shop", Visitor(email, **more), NOON).token


def claim(
    email: str | None = ADA,
    *,
    bearer: str = "cc_pk_shop",
    origin: str | None = PAGE,
    **more: Any,
) -> Claim:
    """Return what a page with a publishable key says."""
    body = None if email is None and not more else Visitor(email, **more)
    return Claim("publishable", bearer, body, origin, "192.0.2.1")


def invited(token: str, body: Visitor | None = None) -> Claim:
    """Return what a page that was opened through an invite says."""
    return Claim("invite", token, body, PAGE, "192.0.2.1")


def merely(email: str | None = ADA) -> Claim:
    """Return what a page without any credential says."""
    return Claim("nothing", "", None if email is None else Visitor(email), PAGE, "192.0.2.1")


@pytest.mark.parametrize(
    ("unverified", "what", "outcome"),
    [
        ("refuse", claim(), Unverified),
        ("refuse", merely(), Unverified),
        ("refuse", claim(None), None),
        ("refuse", merely(None), None),
        ("anonymous", claim(), None),
        ("anonymous", merely(), None),
        ("anonymous", claim(bearer="cc_pk_unknown"), None),
        ("mint", claim(), Visitor(ADA)),
        ("mint", claim(None), None),
        ("mint", merely(), Unverified),
        ("mint", merely(None), None),
        ("mint", claim(first_name="Ada", last_name="L"), Visitor(ADA)),
        ("mint", claim(origin=None), OriginNotAllowed),
        ("mint", claim(origin="https://evil.example"), OriginNotAllowed),
        ("mint", claim(origin="https://other.example"), OriginRefused),
        ("mint", claim(bearer="cc_pk_unknown"), BadKey),
        ("mint", claim(bearer="cc_pk_other"), KeyNotAllowed),
        ("mint", claim(bearer="cc_pk_every"), KeyNotAllowed),
        ("mint", claim(bearer="cc_pk_desk"), KeyNotAllowed),
        ("mint", claim(email_verified=True), InvalidVisitor),
        ("mint", claim(user_id="u-1"), InvalidVisitor),
        ("mint", claim(None, user_id="u-1"), InvalidVisitor),
        ("mint", claim(properties={"plan": "pro"}), InvalidVisitor),
        ("mint", claim(None, first_name="Ada"), InvalidVisitor),
    ],
)
async def test_what_becomes_of_a_claim(
    unverified: WhenUnverified, what: Claim, outcome: Visitor | type[CallingcardError] | None
):
    """Refused, anonymous or minted, as the operator chose; never taken for proved."""
    site = Site(unverified)
    if isinstance(outcome, type):
        with pytest.raises(outcome):
            await site.admit(what)
        assert "minted" not in site.told
        return
    visitor = await site.admit(what)
    if outcome is None or visitor is None:
        assert visitor is outcome is None
        assert site.told == []
    else:
        assert (visitor.email, visitor.email_verified) == (outcome.email, False)
        assert visitor == what.body
        assert site.told == ["minted"]


@pytest.mark.parametrize("unverified", ["refuse", "anonymous"])
async def test_a_key_is_not_even_looked_up_where_nothing_is_minted(unverified: WhenUnverified):
    """No answer tells which keys exist, and no database is asked."""
    site = Site(unverified)
    for bearer in ("cc_pk_shop", "cc_pk_unknown"):
        try:
            await site.admit(claim(bearer=bearer))
        except Unverified:
            assert unverified == "refuse"
    assert site.keys.asked == 0


async def test_a_flood_is_refused_before_keys_are_looked_up():
    """A source over its limit costs no look into the database."""
    site = Site(limits=LandingLimits(per_source=3))
    for _ in range(20):
        with pytest.raises((BadKey, LandingLimited)):
            await site.admit(claim(bearer="cc_pk_unknown"))
    assert site.keys.asked == 3


async def test_refused_keys_do_not_use_up_the_sites_limit():
    """Only what is minted counts against the address, the page and the site."""
    site = Site(limits=LandingLimits(per_source=1000, per_site=1))
    for _ in range(50):
        with pytest.raises(BadKey):
            await site.admit(claim(bearer="cc_pk_unknown"))
    assert await site.admit(claim()) is not None


async def test_the_answer_is_the_same_for_every_address():
    """Nothing is looked up by address, so nothing can depend on who is known."""
    site = Site()
    asked_before = site.keys.asked
    for email in (ADA, "nobody.ever@example.org"):
        visitor = await site.admit(claim(email))
        assert visitor is not None
        assert visitor.email == email
    assert site.keys.asked - asked_before == 2


@pytest.mark.parametrize("unverified", MODES)
async def test_an_invite_proves_its_address_once_in_every_mode(unverified: WhenUnverified):
    """Whoever brings it first is let in as proved; whoever comes second is told why not."""
    site = Site(unverified)
    token = site.invite(first_name="Ada", user_id="u-1", properties={"plan": "pro"})
    visitor = await site.admit(invited(token))
    assert visitor == Visitor(
        ADA, email_verified=True, first_name="Ada", user_id="u-1", properties={"plan": "pro"}
    )
    with pytest.raises(InviteSpent):
        await site.admit(invited(token))


async def test_of_many_at_once_one_gets_in():
    """However many bring one invite in the same moment."""
    site = Site()
    token = site.invite()
    outcomes = await asyncio.gather(
        *(site.admit(invited(token)) for _ in range(50)), return_exceptions=True
    )
    assert sum(isinstance(one, Visitor) for one in outcomes) == 1
    assert sum(isinstance(one, InviteSpent) for one in outcomes) == 49


async def test_an_outage_does_not_burn_the_link():
    """What came to nothing is undone; another's use of the same link is not."""
    site = Site()
    token = site.invite()
    first = invited(token)
    await site.admit(first)
    with pytest.raises(InviteSpent):
        await site.admit(invited(token))
    await site.landing.failed("shop", first)
    second = invited(token)
    assert await site.admit(second) is not None
    await site.landing.failed("shop", first)  # told twice: the second's use stands
    with pytest.raises(InviteSpent):
        await site.admit(invited(token))


async def test_a_failed_claim_undoes_nothing():
    """Only an invite is given back."""
    site = Site()
    token = site.invite()
    await site.admit(invited(token))
    await site.landing.failed("shop", claim())
    with pytest.raises(InviteSpent):
        await site.admit(invited(token))


async def test_a_body_about_another_leaves_the_invite_unused():
    """A mismatch is found before the invite is used up."""
    site = Site()
    token = site.invite()
    with pytest.raises(EmailMismatch):
        await site.admit(invited(token, Visitor("grace@example.com")))
    assert await site.admit(invited(token, Visitor(ADA))) is not None


async def test_an_invite_is_for_one_site_and_ends():
    """Another site's invite, a changed one and a late one are refused."""
    site = Site()
    elsewhere = site.invites.make("other", Visitor(ADA), NOON).token
    for bad in (elsewhere, site.invite()[:-2], "eyJhbGciOiJub25lIn0.e30."):
        with pytest.raises(ProofInvalid):
            await site.admit(invited(bad))
    with pytest.raises(ProofExpired):
        await site.admit(invited(site.invite()), now=NOON + timedelta(days=7, minutes=1))


async def test_a_rotated_server_secret_does_not_revive_a_used_invite():
    """It is known by a name that no key of ours goes into."""
    spent = Spent()
    old, new = SECRETS[0], b"a newer server secret, 32 bytes or more"
    token = InviteDesk([old], spent).make("shop", Visitor(ADA), NOON).token
    await InviteDesk([old], spent).redeem("shop", token, attempt="1", now=NOON)
    with pytest.raises(InviteSpent):
        await InviteDesk([new, old], spent).redeem("shop", token, attempt="2", now=NOON)


def test_a_claim_shows_nobody():
    """Neither the bearer, the address nor the client is in its repr."""
    shown = repr(
        Claim("invite", "canary-bearer", Visitor("canary@example.com"), PAGE, "192.0.2.7")
    )
    assert "canary" not in shown
    assert "192.0.2.7" not in shown
