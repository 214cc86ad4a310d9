"""The operator who asks is told what a visitor would meet, and no secret."""

from typing import Any

import pytest
from tests.support.identity_provider import CASES, NOON, NOW
from tests.unit.identity.proofs.test_jwt_proof import FORGED, PROOF, signed
from tests.unit.identity.proofs.test_presets import BY_NAME

from callingcard.identity.errors import KeysUnavailable
from callingcard.identity.model import Presented
from callingcard.identity.proofs.explaining import Explanation, explain, presented
from callingcard.identity.proofs.header import HeaderProof
from callingcard.identity.proofs.jwks import JwksProof
from callingcard.identity.proofs.keys import VerifyingKey

CASE = CASES["cognito"]


async def explained(
    claims: dict[str, Any], header: dict[str, Any] | None = None
) -> Explanation:
    """Return what is said of the good token, changed."""
    proof = CASE.proof()
    return await explain(proof, presented(proof, CASE.token(claims, header)), NOON)


def failures(found: Explanation) -> dict[str, str]:
    """Return what went wrong, by name."""
    return {check.name: check.detail for check in found.checks if check.ok is False}


async def test_a_good_token_is_good_all_along():
    """Each check by name, with the times in words."""
    found = await explained({})
    assert found.accepted
    assert failures(found) == {}
    details = {check.name: check.detail for check in found.checks}
    assert list(details) == [
        "token",
        "key",
        "signature",
        "claims",
        "issuer",
        "audience",
        "authorized party",
        "kind of token",
        "times",
        "email",
        "visitor",
        "fresh",
        "result",
    ]
    assert "RS256" in details["key"]
    assert "2030-01-01T12:05:00+00:00 (0:05:00 from now)" in details["times"]
    assert details["fresh"] == "expires in 0:05:00"
    assert details["result"] == "accepted, with email and user_id"


@pytest.mark.parametrize(
    ("claims", "header", "failed"),
    [
        ({"iss": "x", "aud": "y"}, {}, {"issuer", "audience", "result"}),
        ({"exp": NOW - 3600, "iat": NOW - 3700}, {}, {"fresh", "result"}),
        ({"iat": NOW + 90, "exp": NOW + 100}, {}, {"times", "result"}),
        ({"exp": 1e300}, {}, {"times", "result"}),
        ({"token_use": "access"}, {}, {"kind of token", "result"}),
        ({}, {"kid": "other"}, {"key", "result"}),
        ({}, {"alg": "none"}, {"key", "result"}),
        ({}, {"jku": "https://eve.example"}, {"token", "result"}),
        ({"email_verified": False, "sub": None}, {}, {"visitor", "result"}),
        ({"email_verified": False}, {}, set()),
    ],
)
async def test_all_that_is_wrong_is_named(
    claims: dict[str, Any], header: dict[str, Any], failed: set[str]
):
    """What is wrong with the claims all at once, so that it is mended in one go."""
    assert failures(await explained(claims, header)).keys() == failed


async def test_lateness_is_told_in_words():
    """How late, and how much of it is forgiven."""
    found = await explained({"exp": NOW - 240, "iat": NOW - 300})
    assert failures(found)["fresh"] == "expired 0:04:00 ago"
    found = await explained({"exp": NOW - 20, "iat": NOW - 300})
    assert found.accepted
    assert found.checks[-2].detail == "expired 0:00:20 ago, within 0:00:30 of leeway"


@pytest.mark.parametrize("name", FORGED)
async def test_the_explanation_agrees_with_the_door(name: str):
    """Whatever is pasted, nothing is raised, accepted, or quoted."""
    found = await explain(PROOF, presented(PROOF, FORGED[name]), NOON)
    said = " ".join(check.detail for check in found.checks)
    if name == "line break":  # pasting is forgiven what a request is not
        assert found.accepted
    else:
        assert not found.accepted or name == ""
    assert "ada@" not in said.lower()
    assert "eve" not in said.replace("never", "")


@pytest.mark.parametrize("preset", CASES)
async def test_it_agrees_for_every_preset_and_forgery(preset: str):
    """The checks that are walked fail where the proof does, and only there."""
    case = CASES[preset]
    proof = case.proof()
    good = await explain(proof, presented(proof, case.token()), NOON)
    assert good.accepted
    assert failures(good) == {}
    for _, make in BY_NAME.values():
        if "\n" in make(case):
            continue
        found = await explain(proof, presented(proof, make(case)), NOON)
        assert not found.accepted
        assert len(failures(found)) >= 2


async def test_a_token_s_values_are_never_shown():
    """Names of claims are; they are cut, and cannot forge a line."""
    odd = "x\n" + "y" * 200
    found = await explained({"email": "canary@example.com", odd: "canary", "iss": "canary"})
    said = repr(found)
    assert "canary" not in said
    assert "\n" not in said.replace("\\n", "")
    assert "y" * 61 not in said


async def test_our_own_tokens_are_explained_too():
    """The shop's key, by its kid."""
    found = await explain(PROOF, presented(PROOF, signed()), NOON)
    assert found.accepted
    found = await explain(PROOF, presented(PROOF, signed({"email_verified": False})), NOON)
    assert failures(found).keys() == {"email", "visitor", "result"}


async def test_nothing_presented_is_nobody_signed_in():
    """And no refusal."""
    found = await explain(PROOF, Presented(()), NOON)
    assert [(check.name, check.ok) for check in found.checks] == [
        ("token", False),
        ("result", None),
    ]


class Down:
    """Keys that cannot be had."""

    async def find(self, kid: str) -> VerifyingKey | None:
        """Fail."""
        assert kid
        raise KeysUnavailable("the provider of the keys does not answer")


async def test_an_outage_of_the_provider_is_told_as_one():
    """It is not the token's fault."""
    proof = JwksProof(CASE.provider, Down())
    found = await explain(proof, presented(proof, CASE.token()), NOON)
    assert "does not answer" in failures(found)["key"]
    assert "does not answer" in failures(found)["result"]


async def test_headers_have_one_check():
    """There is nothing signed to look into."""
    proof = HeaderProof(["10.0.0.7"], names={"user_id": "x-user"})
    found = await explain(proof, Presented((("x-user", "u-7"),), "6.6.6.6"), NOON)
    assert [(check.name, check.ok) for check in found.checks] == [("result", False)]
    assert "peer" in found.checks[0].detail
