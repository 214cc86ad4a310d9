"""An invite is good for one site and a week, and a token of one use for no other."""

import inspect
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from tests.support.identity_provider import CASES

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidInvite, ProofExpired, ProofInvalid
from callingcard.identity.model import Visitor
from callingcard.identity.proofs.invite import MAX_LIFE, Invites, looks_like_invite
from callingcard.identity.proofs.jwt import JwtKey, JwtProof
from callingcard.kit.codec import base64url, canonical_json
from callingcard.kit.crypto import derive_key, new_secret

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
NOW = int(NOON.timestamp())
DAY = timedelta(days=1)
SECRET = b"0123456789abcdef0123456789abcdefXYZ"
ADA = Visitor("ada@example.com", first_name="Ada", properties={"plan": "pro"})
INVITES = Invites([SECRET], "shop")


def forged(
    claims: dict[str, Any] | None = None,
    header: dict[str, Any] | None = None,
    site: str = "shop",
) -> str:
    """Return an invite with *claims* changed, signed as the server does."""
    body = {
        "iss": "callingcard",
        "aud": "invite:shop",
        "iat": NOW,
        "exp": NOW + 60,
        "jti": "j",
        "email": "ada@example.com",
        **(claims or {}),
    }
    return jwt.encode(
        {name: value for name, value in body.items() if value is not None},
        derive_key(SECRET, f"invites of {site}"),
        headers={"typ": "invite+jwt", **(header or {})},
    )


def test_an_invite_proves_the_address():
    """And says which one it is and how long it is good."""
    made = INVITES.make(ADA, NOON + timedelta(microseconds=7), DAY)
    read = INVITES.read(made.token, NOON + DAY)
    assert (read.visitor.email, read.visitor.email_verified) == ("ada@example.com", True)
    assert (read.visitor.first_name, read.visitor.properties) == ("Ada", {"plan": "pro"})
    assert (read.jti, read.expires_at) == (made.jti, made.expires_at)
    assert made.expires_at == NOON + DAY
    assert made.token not in f"{made!r}{read!r}"


def test_no_two_invites_are_one():
    """Each has 128 random bits of its own."""
    jtis = {INVITES.make(ADA, NOON, DAY).jti for _ in range(100)}
    assert len(jtis) == 100
    assert {len(jti) for jti in jtis} == {32}


def test_an_invite_ends():
    """After its life, and half a minute for clocks that disagree."""
    made = INVITES.make(ADA, NOON, MAX_LIFE)
    almost = NOON + MAX_LIFE + timedelta(seconds=29)
    assert INVITES.read(made.token, almost).jti == made.jti
    with pytest.raises(ProofExpired):
        INVITES.read(made.token, almost + timedelta(seconds=1))


def test_an_old_secret_is_good_until_it_is_dropped():
    """The newest signs."""
    old, new = new_secret().encode(), new_secret().encode()
    made = Invites([old], "shop").make(ADA, NOON, DAY)
    assert Invites([new, old], "shop").read(made.token, NOON).jti == made.jti
    with pytest.raises(ProofInvalid):
        Invites([new], "shop").read(made.token, NOON)
    fresh = Invites([new, old], "shop").make(ADA, NOON, DAY)
    assert Invites([new], "shop").read(fresh.token, NOON).jti == fresh.jti


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        forged({"aud": "invite:other"}),
        forged({"aud": "shop"}),
        forged({"aud": ["invite:shop", "callingcard"]}),
        forged({"iss": "shop"}),
        forged(site="other"),
        forged({"jti": None}),
        forged({"jti": 7}),
        forged({"jti": ""}),
        forged({"email": None, "sub": "u-7"}),
        forged({"email": None}),
        forged({"email_verified": False}),
        forged({"exp": NOW + 7 * 86_400 + 1}),
        forged({"iat": None}),
        forged({"exp": None}),
        forged({"iat": NOW + 31}),
        forged(header={"typ": "JWT"}),
        forged(header={"kid": "k1"}),
        forged(header={"x": 1}),
        forged() + "x",
        forged()[:-1],
        forged() + ".x",
        forged({"given_name": "x" * 8000}),
        forged().rpartition(".")[0] + ".",
    ],
)
def test_a_forged_invite_is_refused(token: str):
    """Of another site, without a jti or an address, or with any other header."""
    with pytest.raises(ProofInvalid):
        INVITES.read(token, NOON)


def test_what_the_forgeries_start_from_is_good():
    """Otherwise the table above would prove nothing."""
    head = base64url(canonical_json({"alg": "HS256", "typ": "invite+jwt"}))
    assert forged().startswith(head + ".")
    assert INVITES.read(forged(), NOON).jti == "j"


@pytest.mark.parametrize(
    ("visitor", "life", "field"),
    [
        (Visitor(user_id="u-7"), DAY, "email"),
        (ADA, timedelta(0), "life"),
        (ADA, -DAY, "life"),
        (ADA, timedelta(milliseconds=999), "life"),
        (ADA, MAX_LIFE + timedelta(seconds=1), "life"),
        (
            Visitor("ada@example.com", first_name="𝕒" * 200, properties={"a": "x" * 4000}),
            DAY,
            None,
        ),
        (
            Visitor(
                "ada@example.com",
                user_id="𝕒" * 200,
                first_name="𝕒" * 200,
                last_name="𝕒" * 200,
                properties={"a": "x" * 4000},
            ),
            DAY,
            "properties",
        ),
    ],
)
def test_what_no_invite_can_be_is_said_by_field(
    visitor: Visitor, life: timedelta, field: str | None
):
    """No address, no week, or more than a link can carry."""
    if field is None:
        assert INVITES.read(INVITES.make(visitor, NOON, life).token, NOON).visitor.email
    else:
        with pytest.raises(InvalidInvite) as caught:
            INVITES.make(visitor, NOON, life)
        assert list(caught.value.fields) == [field]


def test_half_a_setting_stops_the_start():
    """Without a secret anybody could invite."""
    for secrets, site in (([], "shop"), ([SECRET], "")):
        with pytest.raises(ConfigError):
            Invites(secrets, site)


SHARED = new_secret()
PROOF = JwtProof([JwtKey("k1", SHARED)], audience="callingcard", issuer="shop")
IDP = CASES["cognito"]


def visitor_token(**header: Any) -> str:
    """Return the customer's own kind of token."""
    claims = {"iss": "shop", "aud": "callingcard", "sub": "u-7", "iat": NOW, "exp": NOW + 60}
    return jwt.encode(claims, SHARED, headers={"kid": "k1", **header})


TOKENS: dict[str, str] = {
    "visitor": visitor_token(typ="visitor+jwt"),
    "invite": INVITES.make(ADA, NOON, DAY).token,
    "provider": IDP.token(),
}
READERS: dict[str, Callable[[str], Any]] = {
    "visitor": lambda token: PROOF.verify(token, NOON),
    "invite": lambda token: INVITES.read(token, NOON),
    "provider": lambda token: IDP.proof().verify(token, NOON),
}


@pytest.mark.parametrize("use", READERS)
@pytest.mark.parametrize("kind", TOKENS)
async def test_a_token_of_one_use_is_good_for_no_other(kind: str, use: str):
    """Every pair."""
    with nullcontext() if kind == use else pytest.raises(ProofInvalid):
        found = READERS[use](TOKENS[kind])
        if inspect.isawaitable(found):
            await found
    assert looks_like_invite(TOKENS[kind]) == (kind == "invite")


def test_the_typ_alone_is_reason_enough():
    """Also with the right key, audience and issuer, as when secrets are shared by mistake."""
    for typ in ("invite+jwt", "ws-ticket+jwt", "callingcard-visitor+jwt", "at+jwt"):
        with pytest.raises(ProofInvalid) as caught:
            PROOF.verify(visitor_token(typ=typ), NOON)
        assert "another use" in caught.value.why
