"""Who calls a function: found out by sites' proofs and API keys, and by nothing else."""

from datetime import timedelta

import pytest

from callingcard.access.errors import BadKey, NoKey, ScopeMissing
from callingcard.access.service.keys import Keys
from callingcard.access.store import SqlAccess
from callingcard.backends.database import Database
from callingcard.functions.ports.callers import Shown
from callingcard.identity.api import SiteIssuer
from callingcard.identity.errors import ProofInvalid, UnknownSite
from callingcard.identity.issuer import AsyncIssuer
from callingcard.identity.platforms import build
from callingcard.identity.proofs.jwt import JwtKey, JwtProof
from callingcard.identity.signing import sign_hs256
from callingcard.kit.actor import Scope
from callingcard.kit.clock import FakeClock
from callingcard.kit.ids import NumericIds
from callingcard.server.functions.callers import KeyCallers, NoSuchChoice, SiteVisitors

SECRET = "the shop's own secret, 32 bytes or more"
ORIGIN = "https://shop.example"


def a_site(clock: FakeClock, *, with_proof: bool = True) -> SiteIssuer:
    """Return a site whose backend signs proofs with SECRET."""
    platform = build("desk", base_url="http://d.test", inbox="web", key_id="k", secret=SECRET)
    proof = JwtProof([JwtKey("k1", SECRET, "HS256")], audience="callingcard", issuer="shop")
    return SiteIssuer(
        AsyncIssuer(platform, clock=clock),
        "desk",
        frozenset({ORIGIN}),
        proof if with_proof else None,
    )


def shown(clock: FakeClock, secret: str = SECRET, **claims: object) -> Shown:
    """Return a request that brings a proof with these claims."""
    now = clock.now()
    said = {
        "iss": "shop",
        "aud": "callingcard",
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=5)).timestamp()),
        **claims,
    }
    return Shown((("authorization", f"Bearer {sign_hs256(said, secret, kid='k1')}"),))


async def test_a_visitor_is_whom_the_proof_names(clock: FakeClock):
    """The function sees the address, the id and the names of the proof."""
    visitors = SiteVisitors({"shop": a_site(clock)}, clock)
    said = shown(clock, email="Ada@example.com", sub="7", first_name="Ada")
    found = await visitors.prove(said, site=None)
    assert ("ada@example.com", True, "7") == (
        found.email,
        found.email_verified,
        found.user_id,
    )
    assert frozenset({ORIGIN}) == visitors.origins(None)


async def test_an_address_that_nobody_verified_lets_nobody_in(clock: FakeClock):
    """A proof that says so of its own address is refused, with an id beside it or without."""
    visitors = SiteVisitors({"shop": a_site(clock)}, clock)
    for more in ({}, {"sub": "7"}):
        said = shown(clock, email="ada@example.com", email_verified=False, **more)
        with pytest.raises(ProofInvalid):
            await visitors.prove(said, site="shop")


async def test_a_visitor_without_an_address_is_known_by_an_id(clock: FakeClock):
    """The function sees the id, no address, and that none is verified."""
    visitors = SiteVisitors({"shop": a_site(clock)}, clock)
    found = await visitors.prove(shown(clock, sub="7"), site="shop")
    assert ("", False, "7") == (found.email, found.email_verified, found.user_id)


@pytest.mark.parametrize("given", [Shown(()), Shown((("authorization", "Bearer x.y.z"),))])
async def test_without_a_good_proof_nobody_is_there(given: Shown, clock: FakeClock):
    """No proof, and one that is none, are refused alike."""
    with pytest.raises(ProofInvalid):
        await SiteVisitors({"shop": a_site(clock)}, clock).prove(given, site=None)


async def test_a_proof_of_another_secret_or_for_a_site_of_keys_is_refused(clock: FakeClock):
    """A site whose backend alone may ask has no visitors who prove anything."""
    stranger = shown(clock, secret="another secret of the shop, as long", email="a@b.example")
    with pytest.raises(ProofInvalid):
        await SiteVisitors({"shop": a_site(clock)}, clock).prove(stranger, site=None)
    keys_only = SiteVisitors({"shop": a_site(clock, with_proof=False)}, clock)
    with pytest.raises(ProofInvalid):
        await keys_only.prove(shown(clock, email="a@b.example"), site=None)


async def test_with_several_sites_a_function_has_to_say_which(clock: FakeClock):
    """Nobody is let in by a proof that happened to fit some site."""
    site = a_site(clock)
    visitors = SiteVisitors({"shop": site, "blog": site}, clock)
    good = shown(clock, email="ada@example.com")
    with pytest.raises(NoSuchChoice):
        await visitors.prove(good, site=None)
    with pytest.raises(UnknownSite):
        await visitors.prove(good, site="gone")
    assert (await visitors.prove(good, site="blog")).email == "ada@example.com"
    assert [frozenset(), frozenset()] == [visitors.origins(None), visitors.origins("gone")]


@pytest.fixture
async def keys(database: Database, clock: FakeClock) -> Keys:
    """Return the API keys on a real database."""
    return Keys(SqlAccess(database), clock=clock, ids=NumericIds(clock))


async def test_a_key_calls_the_functions_that_it_names(keys: Keys):
    """A limited key is refused for another function, and says which key it was."""
    made, secret = await keys.create("Shop", [Scope.FUNCTIONS], functions=["greet"])
    callers = KeyCallers(keys)
    given = Shown((("authorization", f"Bearer {secret}"),))
    assert f"key {made.id}" == await callers.allowed(given, function="greet")
    with pytest.raises(ScopeMissing):
        await callers.allowed(given, function="other")


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ((), NoKey),
        ((("authorization", "Basic x"),), NoKey),
        ((("authorization", "Bearer cc_sk_unknown"),), BadKey),
        ((("authorization", "Bearer a"), ("authorization", "Bearer b")), NoKey),
    ],
)
async def test_what_is_no_key_calls_nothing(
    keys: Keys, headers: tuple[tuple[str, str], ...], error: type[Exception]
):
    """No key, another scheme, an unknown key, two keys: refused before anything runs."""
    with pytest.raises(error):
        await KeyCallers(keys).allowed(Shown(headers), function="greet")
