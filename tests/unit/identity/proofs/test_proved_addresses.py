"""An address counts when the provider says so of that very address."""

import json
from typing import Any

import pytest
from tests.support.identity_provider import (
    CASES,
    NOON,
    again,
)

from callingcard.identity.errors import ProofInvalid
from callingcard.identity.model import Visitor
from callingcard.identity.proofs.jwks import JwksProof
from callingcard.identity.proofs.presets import PRESETS, ProviderSettings, provider

PROVED = [(name, case) for name, case in CASES.items() if case.email is not None]


@pytest.mark.parametrize("name", [name for name, _ in PROVED])
@pytest.mark.parametrize("said", [False, None, "true", "True", "false", 1, [], {}])
async def test_only_true_proves_an_address(name: str, said: Any):
    """Anything else leaves the address out; without a user id nobody is left."""
    case, row = CASES[name], PRESETS[name]
    names = case.provider.rules.names
    proved = (said == "true" and row.true_as_text) or (said is None and row.trust_email)
    token = case.token({names.email_verified: said})
    visitor = await case.proof().verify(token, NOON)
    assert (visitor.email, visitor.email_verified) == (
        ("ada@example.com", True) if proved else (None, False)
    )
    if not proved:
        with pytest.raises(ProofInvalid):
            await case.proof().verify(
                case.token({names.email_verified: said, names.user_id: None}), NOON
            )


async def test_supabase_s_users_cannot_prove_their_own_address():
    """What they may write themselves counts for nothing, however it is mapped."""
    case = CASES["supabase"]
    for name in ("user_metadata", "user_metadata.email_verified"):
        settings = ProviderSettings(
            issuer=case.settings.issuer, claims={"email_verified": name}
        )
        proof = JwksProof(provider("supabase", settings), case.proof()._keys)
        assert (await proof.verify(case.token(), NOON)).email is None


async def test_an_operator_may_trust_the_provider_s_addresses():
    """Where it signs in nobody else; a claim that says otherwise still counts."""
    case = CASES["supabase"]
    settings = ProviderSettings(
        issuer=case.settings.issuer,
        trust_email=True,
        claims={"email_verified": "email_verified"},
    )
    proof = JwksProof(provider("supabase", settings), case.proof()._keys)
    assert (await proof.verify(case.token(), NOON)).email == "ada@example.com"
    assert (await proof.verify(case.token({"email_verified": False}), NOON)).email is None


@pytest.mark.parametrize("preset", ["oidc", "google-iap", "cloudflare-access", "pomerium"])
async def test_what_is_said_of_one_address_says_nothing_of_another(preset: str):
    """An operator who takes it from another claim must say why it is proved."""
    case = CASES[preset]
    token = case.token({"email_verified": True, "contact": "eve@example.com", "ok": True})
    other = {"email": "contact"}
    assert (await again(preset, claims=other).verify(token, NOON)).email is None
    trusted = await again(preset, claims=other, trust_email=True).verify(token, NOON)
    assert trusted.email == "eve@example.com"
    both = again(preset, claims={**other, "email_verified": "ok"})
    assert (await both.verify(token, NOON)).email == "eve@example.com"
    silent = case.token({"contact": "eve@example.com"})
    assert (await both.verify(silent, NOON)).email is None
    same = await again(preset, claims={"email": "email"}).verify(token, NOON)
    assert same.email == "ada@example.com"


GCIP = {"email": "ada@example.com", "email_verified": True, "sub": "u-7"}
PROJECT = "securetoken.google.com/my-shop"


async def external(known: Any, sub: str = f"{PROJECT}:u-7") -> Visitor:
    """Return whom Google's proxy names that lets in external identities."""
    case = CASES["google-iap"]
    claims = {"sub": sub, "email": f"{PROJECT}:ada@example.com", "gcip": known}
    return await case.proof().verify(case.token(claims), NOON)


@pytest.mark.parametrize("known", [GCIP, json.dumps(GCIP)])
async def test_google_s_external_identity_names_the_visitor(known: Any):
    """The proxy's own claims have the project around them."""
    visitor = await external(known)
    assert (visitor.email, visitor.user_id) == ("ada@example.com", "u-7")


@pytest.mark.parametrize("said", [False, None, "true", 1])
async def test_google_s_external_address_counts_only_if_confirmed(said: Any):
    """Whoever may sign up may type any address."""
    for known in ({**GCIP, "email_verified": said}, {"email": "ada@example.com"}):
        visitor = await external(known)
        assert (visitor.email, visitor.user_id) == (None, "u-7")


async def test_two_tenants_users_stay_two():
    """The id of one may be the id of another: the tenant's name is part of it."""
    names = {(await external(GCIP, f"{PROJECT}/{tenant}:u-7")).user_id for tenant in "ab"}
    assert names == {f"{PROJECT}/a:u-7", f"{PROJECT}/b:u-7"}


@pytest.mark.parametrize("known", ["", "[]", "nonsense", [GCIP], True, 7])
async def test_an_external_identity_that_is_none_is_refused(known: Any):
    """Nobody guesses whose address it is."""
    with pytest.raises(ProofInvalid):
        await external(known)


async def test_only_google_s_proxy_has_external_identities():
    """Elsewhere a claim of that name is a claim like any other."""
    case = CASES["none"]
    token = case.token({"gcip": {**GCIP, "email": "eve@example.com"}, "sub": f"{PROJECT}:u-7"})
    visitor = await case.proof().verify(token, NOON)
    assert (visitor.email, visitor.user_id) == ("ada@example.com", f"{PROJECT}:u-7")
