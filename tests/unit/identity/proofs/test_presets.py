"""Each provider's token is taken where and as it signs it, and no forgery of one is."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.identity_provider import (
    CASES,
    ISSUER,
    KID,
    NOON,
    NOW,
    Case,
    FixedKeys,
    again,
    compact,
    jwk,
    pem,
    private_key,
)

from callingcard.errors import ConfigError
from callingcard.identity.errors import ProofExpired, ProofInvalid
from callingcard.identity.model import Presented
from callingcard.identity.proofs.jwks import JwksProof
from callingcard.identity.proofs.keys import KeyLocation
from callingcard.identity.proofs.presets import PRESETS, ProviderSettings, provider


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    """Return one preset after the other."""
    return CASES[request.param]


def test_every_preset_is_tested():
    """A new row of the table needs a case, or nothing here speaks of it."""
    assert sorted(PRESETS) == sorted(CASES)


async def test_a_genuine_token_names_the_visitor(case: Case):
    """In every place the provider puts it."""
    for place in case.provider.places:
        visitor = await case.proof().visitor(place.holding(case.token()), NOON)
        assert visitor is not None
        assert (visitor.email, visitor.user_id) == (case.email, case.user_id)
        assert visitor.email_verified == (case.email is not None)


async def test_nobody_is_signed_in_without_a_token(case: Case):
    """No credential is no offence."""
    assert await case.proof().visitor(Presented((("cookie", "a=b"),)), NOON) is None


def other_algorithm(case: Case) -> str:
    """Return an algorithm that the provider does not sign with, or its key is not for."""
    return "RS256" if case.algorithm == "ES256" else "ES256"


def payload(case: Case, text: bytes) -> str:
    """Return a token that is well signed and whose payload is *text*."""
    return case.compact(json.dumps(case.parts()[0]).encode(), text)


def doubled(case: Case, part: int, member: bytes) -> str:
    """Return a token whose header or payload has a member twice."""
    parts = [json.dumps(each).encode() for each in case.parts()]
    parts[part] = parts[part][:-1] + b"," + member + b"}"
    return case.compact(*parts)


def unpadded(case: Case, token: str) -> str:
    """Return *token* with padding where there must be none, and wrong padding where some."""
    return token + ("==" if case.provider.padded else "=")


DEEP = b'{"a":' + b"[" * 2600 + b"]" * 2600 + b"}"
FORGED: dict[str, dict[str, Callable[[Case], str]]] = {
    "issuer": {
        "another issuer": lambda c: c.token({"iss": "https://eve.example"}),
        "issuer with a slash more": lambda c: c.token({"iss": f"{c.claims['iss']}/"}),
        "no issuer": lambda c: c.token({"iss": None}),
        "issuer a list": lambda c: c.token({"iss": [c.claims["iss"]]}),
    },
    "a time": {
        "no exp": lambda c: c.token({"exp": None}),
        "exp as text": lambda c: c.token({"exp": str(NOW + 60)}),
        "exp true": lambda c: c.token({"exp": True}),
        "iat as text": lambda c: c.token({"iat": str(NOW)}),
    },
    "future": {
        "iat in the future": lambda c: c.token({"iat": NOW + 31, "exp": NOW + 60}),
        "nbf in the future": lambda c: c.token({"nbf": NOW + 31}),
    },
    "lives longer": {
        "a life of months": lambda c: c.token({"exp": NOW + 32 * 86_400}),
    },
    "not known": {
        "unknown kid": lambda c: c.token(header={"kid": "key-2"}),
        "kid a path": lambda c: c.token(header={"kid": f"../{KID}"}),
    },
    "no kid": {
        "no kid": lambda c: c.token(header={"kid": None}),
        "kid a list": lambda c: c.token(header={"kid": [KID]}),
        "kid too long": lambda c: c.token(header={"kid": KID * 50}),
    },
    "signature": {
        "another key": lambda c: c.token(key=private_key(c.algorithm, "eve")),
        "HS256, said to be the key's": lambda c: c.token(
            algorithm="HS256", key=pem(c.algorithm).encode()
        ),
        "no signature": lambda c: c.token().rpartition(".")[0] + ".",
    },
    "algorithm": {
        "none": lambda c: c.token(header={"alg": "none"}, algorithm="none"),
        "none, signed": lambda c: c.token(header={"alg": "none"}),
        "None": lambda c: c.token(header={"alg": "None"}, algorithm="none"),
        "no alg": lambda c: c.token(header={"alg": None}),
        "alg a list": lambda c: c.token(header={"alg": [c.algorithm]}),
        "HS256 with the PEM as secret": lambda c: c.token(
            header={"alg": "HS256"}, algorithm="HS256", key=pem(c.algorithm).encode()
        ),
        "HS256 with the JWK as secret": lambda c: c.token(
            header={"alg": "HS256"},
            algorithm="HS256",
            key=json.dumps(jwk(c.algorithm)).encode(),
        ),
        "another algorithm": lambda c: c.token(
            header={"alg": other_algorithm(c)}, algorithm=other_algorithm(c)
        ),
        "another algorithm in name": lambda c: c.token(header={"alg": other_algorithm(c)}),
    },
    "header names": {
        "embedded jwk": lambda c: c.token(
            header={"jwk": jwk(c.algorithm, name="eve")}, key=private_key(c.algorithm, "eve")
        ),
        "jku": lambda c: c.token(header={"jku": "https://eve.example/jwks"}),
        "x5u": lambda c: c.token(header={"x5u": "https://eve.example/pem"}),
        "x5c": lambda c: c.token(header={"x5c": ["MIIB"]}),
        "crit": lambda c: c.token(header={"crit": ["exp"]}),
        "b64": lambda c: c.token(header={"b64": False}),
    },
    "typ": {
        "an invite": lambda c: c.token(header={"typ": "invite+jwt"}),
        "typ a list": lambda c: c.token(header={"typ": ["JWT"]}),
    },
    "longer than": {
        "oversized": lambda c: c.token({"given_name": "x" * 8000}),
    },
    "payload is not": {
        "user id twice": lambda c: doubled(c, 1, b'"sub":"u-8"'),
        "deep payload": lambda c: payload(c, DEEP),
        "payload a list": lambda c: payload(c, b"[]"),
        "payload in utf-16": lambda c: payload(c, json.dumps(c.parts()[1]).encode("utf-16")),
    },
    "header is not": {
        "alg twice": lambda c: doubled(c, 0, b'"alg":"none"'),
        "deep header": lambda c: c.compact(DEEP, b"{}"),
    },
    "base64url": {
        "padding": lambda c: unpadded(c, c.token()),
        "line end": lambda c: c.token() + "\n",
        "letters of others": lambda c: "é" + c.token(),
    },
    "three parts": {
        "four parts": lambda c: c.token() + ".x",
        "two parts": lambda c: c.token().rpartition(".")[0],
    },
    "no text": {
        "user id a number": lambda c: c.token({c.provider.rules.names.user_id: 7}),
    },
    "nobody is named": {
        "nobody": lambda c: c.token(dict.fromkeys([*c.claims], None) | without_person(c)),
    },
}
"""Forgeries by the reason they are refused for, each made of a preset's genuine token."""

BY_NAME = {
    name: (why, make) for why, forged in FORGED.items() for name, make in forged.items()
}


def without_person(case: Case) -> dict[str, Any]:
    """Return the claims without those that name somebody."""
    names = case.provider.rules.names
    person = {names.email, names.user_id}
    return {name: value for name, value in case.claims.items() if name not in person}


@pytest.mark.parametrize("name", BY_NAME)
async def test_a_forgery_is_refused(case: Case, name: str):
    """Alike in words, with a reason for the operator that quotes nothing."""
    why, make = BY_NAME[name]
    token = make(case)
    proof = case.proof()
    with pytest.raises(ProofInvalid) as caught:
        await proof.verify(token, NOON)
    assert str(caught.value) == str(ProofInvalid())
    assert why in caught.value.why
    assert "eve" not in caught.value.why


async def seconds(proof: JwksProof, token: str) -> float:
    """Return how much work it is to refuse *token*."""
    began = time.thread_time()
    with pytest.raises(ProofInvalid):
        await proof.verify(token, NOON)
    return time.thread_time() - began


@pytest.mark.parametrize("name", BY_NAME)
async def test_a_forgery_costs_next_to_nothing(name: str):
    """Less than a millisecond of work, at the best of a few tries."""
    case = CASES["none"]
    proof, token = case.proof(), BY_NAME[name][1](case)
    assert min([await seconds(proof, token) for _ in range(5)]) < 0.001


@pytest.mark.parametrize("name", ["none", "None", "HS256 with the PEM as secret", "no alg"])
async def test_no_key_is_looked_up_for_an_algorithm_of_secrets(case: Case, name: str):
    """Nobody makes us ask the provider with a token that could never pass."""
    keys = FixedKeys({})
    with pytest.raises(ProofInvalid):
        await JwksProof(case.provider, keys).verify(BY_NAME[name][1](case), NOON)
    assert keys.asked == []


@pytest.mark.parametrize(
    ("claims", "outcome"),
    [
        ({"exp": NOW - 29, "iat": NOW - 300}, None),
        ({"exp": NOW - 30, "iat": NOW - 300}, ProofExpired),
        ({"exp": NOW - 90_000, "iat": NOW - 90_300}, ProofExpired),
        ({"iat": NOW + 30, "exp": NOW + 60}, None),
        ({"nbf": NOW + 30}, None),
    ],
)
async def test_times_are_kept_to_the_second(
    case: Case, claims: dict[str, Any], outcome: type[Exception] | None
):
    """Thirty seconds of leeway, and a token that is only late is told so.

    But AWS's: its key is not asked for when the header is late, so nobody knows it genuine.
    """
    if outcome is ProofExpired and case.preset == "aws-alb":
        outcome = ProofInvalid
    if outcome is None:
        assert (await case.proof().verify(case.token(claims), NOON)).user_id == case.user_id
    else:
        with pytest.raises(outcome):
            await case.proof().verify(case.token(claims), NOON)


async def test_the_longest_life_is_the_preset_s(case: Case):
    """To the second."""
    life = int(PRESETS[case.preset].max_life.total_seconds())
    good = case.token({"exp": NOW + life})
    assert (await case.proof().verify(good, NOON)).user_id == case.user_id
    with pytest.raises(ProofInvalid, match="not accepted") as caught:
        await case.proof().verify(case.token({"exp": NOW + life + 1}), NOON)
    assert "longer" in caught.value.why


async def test_only_aws_may_leave_out_when_a_token_was_made(case: Case):
    """For any other, nobody could say how long it lives."""
    token = case.token({"iat": None, "exp": NOW + 60})
    if case.preset == "aws-alb":
        assert (await case.proof().verify(token, NOON)).user_id == case.user_id
    else:
        with pytest.raises(ProofInvalid) as caught:
            await case.proof().verify(token, NOON)
        assert "time" in caught.value.why


@pytest.mark.parametrize("preset", [name for name in CASES if CASES[name].claims.get("aud")])
async def test_a_token_for_another_is_refused(preset: str):
    """Also when it names nobody, a piece of us, or a list without us."""
    case = CASES[preset]
    ours = case.provider.rules.audience
    for audience in ("other", None, ours[:-1], f"{ours} ", ["other"], [], [[ours]], {ours: 1}):
        with pytest.raises(ProofInvalid) as caught:
            await case.proof().verify(case.token({"aud": audience}), NOON)
        assert caught.value.why == "the audience is another"


@pytest.mark.parametrize("preset", ["clerk", "keycloak"])
@pytest.mark.parametrize("party", [None, "", "https://eve.example", ["shop-web"], 1])
async def test_the_party_must_be_one_of_ours(preset: str, party: Any):
    """A token that another site got for itself is not for ours."""
    case = CASES[preset]
    with pytest.raises(ProofInvalid) as caught:
        await case.proof().verify(case.token({"azp": party}), NOON)
    assert "azp" in caught.value.why


@pytest.mark.parametrize(
    ("preset", "claims", "header"),
    [
        ("clerk", {"sts": "pending"}, {}),
        ("cognito", {"token_use": "access"}, {}),
        ("cognito", {"token_use": None}, {}),
        ("aws-alb", {}, {"signer": "arn:aws:elasticloadbalancing:eu-west-1:666:eve"}),
        ("aws-alb", {}, {"signer": None}),
        ("aws-alb", {}, {"client": "other"}),
        ("aws-alb", {}, {"iss": "https://eve.example"}),
        ("aws-alb", {}, {"exp": None}),
    ],
)
async def test_what_is_peculiar_to_a_provider_is_checked(
    preset: str, claims: dict[str, Any], header: dict[str, Any]
):
    """Above all whose load balancer signed: its keys are the whole region's."""
    case = CASES[preset]
    with pytest.raises(ProofInvalid):
        await case.proof().verify(case.token(claims, header), NOON)


async def test_the_payload_cannot_stand_in_for_aws_s_header():
    """What the provider behind it says of itself is not what the balancer says."""
    case = CASES["aws-alb"]
    head, body = case.parts(header={"signer": None, "exp": None})
    body |= {"signer": case.settings.signer, "exp": NOW + 60}
    token = case.compact(json.dumps(head).encode(), json.dumps(body).encode())
    with pytest.raises(ProofInvalid):
        await case.proof().verify(token, NOON)


async def test_aws_s_token_may_come_without_padding():
    """Should AWS ever write it as the standard has it."""
    case = CASES["aws-alb"]
    head, body = (json.dumps(part).encode() for part in case.parts())
    visitor = await case.proof().verify(compact(head, body, "ES256"), NOON)
    assert visitor.user_id == "u-7"


@pytest.mark.parametrize(
    ("claims", "header"),
    [
        ({}, {"signer": "arn:aws:elasticloadbalancing:eu-west-1:666:eve"}),
        ({}, {"signer": None}),
        ({}, {"client": "other"}),
        ({}, {"iss": "https://eve.example"}),
        ({}, {"exp": NOW - 30}),
        ({}, {"exp": None}),
        ({}, {"exp": NOW + 90_000}),
    ],
)
async def test_no_key_of_aws_is_asked_for_in_vain(
    claims: dict[str, Any], header: dict[str, Any]
):
    """What the header says of itself is looked at before anybody is called."""
    case = CASES["aws-alb"]
    keys = FixedKeys({})
    with pytest.raises(ProofInvalid):
        await JwksProof(case.provider, keys).verify(case.token(claims, header), NOON)
    assert keys.asked == []
    with pytest.raises(ProofInvalid):
        await JwksProof(case.provider, keys).verify(case.token(), NOON)
    assert keys.asked == [KID]


AUDIENCES: dict[str, tuple[str, list[str]]] = {
    "oidc": ("shop", ["shop", "other"]),
    "none": ("shop", ["shop", "other"]),
    "azure-easy-auth": ("app", ["other", "app"]),
    "firebase": ("my-shop", ["my-shop", "my-shop"]),
}


@pytest.mark.parametrize("preset", AUDIENCES)
async def test_a_token_for_several_must_have_been_asked_for_by_us(preset: str):
    """Any of the others may have got it for itself, and shown it here."""
    ours, audience = AUDIENCES[preset]
    case = CASES[preset]
    for party in (None, "other", "", [ours], "eve"):
        with pytest.raises(ProofInvalid) as caught:
            await case.proof().verify(case.token({"aud": audience, "azp": party}), NOON)
        assert "azp" in caught.value.why
    token = case.token({"aud": audience, "azp": ours})
    assert (await case.proof().verify(token, NOON)).user_id == "u-7"
    token = case.token({"aud": audience, "azp": "web"})
    assert (await again(preset, parties=("web",)).verify(token, NOON)).user_id == "u-7"
    for alone in (ours, [ours]):
        token = case.token({"aud": alone, "azp": None})
        assert (await case.proof().verify(token, NOON)).user_id == "u-7"


async def test_auth0_s_api_is_never_the_party():
    """Its access tokens are for the API and userinfo; parties, if named, count as ever."""
    case = CASES["auth0"]
    token = case.token({"azp": "web"})
    assert (await case.proof().verify(token, NOON)).user_id == "u-7"
    assert (await again("auth0", parties=("web",)).verify(token, NOON)).user_id == "u-7"
    with pytest.raises(ProofInvalid):
        await again("auth0", parties=("app",)).verify(token, NOON)


def test_no_note_sends_a_provider_s_secret_to_the_proof_that_trusts_every_address():
    """Supabase signs whatever address a user typed."""
    assert "proof = jwt" not in " ".join(preset.note for preset in PRESETS.values())
    assert "not supported" in PRESETS["supabase"].note
    with pytest.raises(ConfigError) as caught:
        provider("supabase", ProviderSettings(issuer=ISSUER, algorithms=("HS256",)))
    assert "jwt" not in caught.value.hint


async def test_the_header_goes_before_the_cookie_and_hides_it():
    """A bad bearer token is not rescued by a good cookie."""
    case = CASES["clerk"]
    both = Presented(
        (("authorization", "Bearer x.y.z"), ("cookie", f"__session={case.token()}"))
    )
    with pytest.raises(ProofInvalid):
        await case.proof().visitor(both, NOON)


async def test_a_credential_given_twice_is_refused():
    """Two readers must not see two visitors."""
    case = CASES["google-iap"]
    header = ("x-goog-iap-jwt-assertion", case.token())
    with pytest.raises(ProofInvalid):
        await case.proof().visitor(Presented((header, header)), NOON)


@pytest.mark.parametrize(
    ("preset", "url", "form"),
    [
        ("auth0", "https://tenant.example/.well-known/jwks.json", "jwks"),
        (
            "cognito",
            "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool/.well-known/jwks.json",
            "jwks",
        ),
        ("aws-alb", "https://public-keys.auth.elb.eu-west-1.amazonaws.com/{kid}", "pem"),
        (
            "cloudflare-access",
            "https://shop.cloudflareaccess.com/cdn-cgi/access/certs",
            "jwks",
        ),
        ("keycloak", f"{ISSUER}/realms/shop/protocol/openid-connect/certs", "jwks"),
        ("supabase", "https://ref.supabase.co/auth/v1/.well-known/jwks.json", "jwks"),
        ("google-iap", "https://www.gstatic.com/iap/verify/public_key-jwk", "jwks"),
    ],
)
def test_keys_are_looked_for_where_the_provider_has_them(preset: str, url: str, form: Any):
    """As the providers' own pages say."""
    assert CASES[preset].provider.location == KeyLocation(url, form)


def test_discovery_remembers_whose_document_it_wants():
    """With the slash at the end of the issuer, and without it in the URL."""
    found = provider("oidc", ProviderSettings(issuer="https://t.example/", audience="a"))
    assert found.location == KeyLocation(
        "https://t.example/.well-known/openid-configuration", "discovery", "https://t.example/"
    )


@pytest.mark.parametrize(
    ("preset", "settings", "says"),
    [
        ("clark", {}, "not known"),
        ("none", {"issuer": "i", "audience": "a"}, "url"),
        ("oidc", {"issuer": ISSUER}, "audience"),
        ("clerk", {"issuer": ISSUER}, "parties"),
        ("clerk", {"issuer": ISSUER, "parties": ("",)}, "empty"),
        ("aws-alb", {"region": "eu-west-1", "issuer": ISSUER}, "signer"),
        ("firebase", {"project": "evil.example/x"}, "project"),
        ("cloudflare-access", {"team": "eve.example/#", "audience": "a"}, "team"),
        ("aws-alb", {"region": "x.eve/", "signer": "s", "issuer": ISSUER}, "region"),
        ("keycloak", {"issuer": ISSUER, "audience": "account"}, "parties"),
        ("auth0", {"issuer": "http://tenant.example/", "audience": "a"}, "https"),
        ("auth0", {"issuer": "tenant", "audience": "a"}, "https"),
        ("oidc", {"issuer": ISSUER, "audience": "a", "algorithms": ("HS256",)}, "algorithm"),
        ("oidc", {"issuer": ISSUER, "audience": "a", "claims": {"nick": "x"}}, "claims"),
        ("oidc", {"issuer": ISSUER, "audience": "a", "cookie": "a=b; c"}, "cookie"),
        ("oidc", {"issuer": ISSUER, "audience": "a", "header": "x y"}, "header"),
        ("aws-alb", {"region": "r", "signer": "s", "issuer": "i", "url": ISSUER}, "kid"),
        ("none", {"issuer": "i", "audience": "a", "url": ISSUER + "/{kid}"}, "kid"),
    ],
)
def test_half_a_setting_stops_the_start(preset: str, settings: dict[str, Any], says: str):
    """With the name of what is missing or wrong."""
    with pytest.raises(ConfigError, match=says):
        provider(preset, ProviderSettings(**settings))


async def test_the_operator_may_say_where_the_token_stands():
    """For providers that are not in the table."""
    settings = ProviderSettings(
        url=f"{ISSUER}/jwks", issuer=ISSUER, audience="shop", cookie="stytch_session_jwt"
    )
    case = CASES["none"]
    proof = JwksProof(provider("none", settings), case.proof()._keys)
    given = Presented((("cookie", f"stytch_session_jwt={case.token()}"),))
    visitor = await proof.visitor(given, NOON)
    assert visitor is not None
    assert visitor.email == "ada@example.com"
    bearer = Presented((("authorization", f"Bearer {case.token()}"),))
    assert await proof.visitor(bearer, NOON) is None
