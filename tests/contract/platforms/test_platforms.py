"""Each platform speaks as its own documentation says, and keeps its secret."""

import json
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import jwt
import pytest

from callingcard.errors import ConfigError, UpstreamError
from callingcard.identity import platforms
from callingcard.identity.errors import InvalidVisitor, UnknownPlatform
from callingcard.identity.model import Visitor
from callingcard.identity.ports import CallingPlatform, SigningPlatform
from callingcard.kit import plugins
from callingcard.kit.wire import Reply
from callingcard.platforms import Desk, HubSpot

NOON = datetime(2030, 1, 1, 12, 0, 0, 700_000, tzinfo=UTC)
VECTORS = json.loads((Path(__file__).parent / "vectors" / "hubspot.json").read_text())
SECRET = "0123456789abcdef0123456789abcdefXYZ"
HUBSPOT = HubSpot(access_token="pat-canary")
DESK = Desk(base_url="http://localhost:8400/", inbox="web", key_id="k1", secret=SECRET)
ADA = Visitor(
    "ada@example.com",
    email_verified=True,
    user_id="u-7",
    first_name="Ada",
    last_name="Lovelace",
    properties={"plan": "pro"},
)


def test_hubspot_is_asked_as_documented():
    """Method, address, bearer and body."""
    vector = VECTORS["request"]
    request = HUBSPOT.request(Visitor(**vector["visitor"]))
    assert (vector["method"], vector["url"]) == (request.method, request.url)
    assert ("Bearer pat-canary", vector["body"]) == (
        request.headers["Authorization"],
        json.loads(request.body),
    )


@pytest.mark.parametrize("vector", VECTORS["replies"])
def test_hubspot_is_understood_as_documented(vector: dict[str, Any]):
    """A token, or an error that tells the operator what to do and quotes nothing."""
    body = vector.get("text", json.dumps(vector.get("body"))).encode()
    reply = Reply(vector["status"], vector.get("headers", {}), body)
    if "token" in vector:
        token = HUBSPOT.read(reply, asked_at=NOON)
        assert (vector["token"], NOON + timedelta(hours=12)) == (token.value, token.expires_at)
        return
    with pytest.raises(UpstreamError) as caught:
        HUBSPOT.read(reply, asked_at=NOON)
    error = caught.value
    wait = error.retry_after.total_seconds() if error.retry_after else None
    assert (vector["code"], vector.get("retry_after")) == (error.code, wait)
    assert vector["hint"] in error.hint
    assert "gob@" not in f"{error}{error.hint}{reply!r}"


def test_hubspot_leaves_out_what_is_empty_and_adds_what_2026_03_insists_on():
    """The names are optional, the agent's context is not in that one version."""
    dated = HubSpot(access_token="pat-1", path="/visitor-identification/2026-03/tokens/create")
    body = json.loads(dated.request(Visitor("ada@example.com")).body)
    assert body == {"email": "ada@example.com", "hsCustomerAgentContext": {}}


def test_hubspot_needs_an_address():
    """It knows people by nothing else."""
    with pytest.raises(InvalidVisitor):
        HUBSPOT.request(Visitor(user_id="7"))


@pytest.mark.parametrize(
    "settings",
    [
        {"access_token": ""},
        {"access_token": "pat 1"},
        {"access_token": "pat-1\r\nX-Evil: 1"},
        {"access_token": "pat-é"},
        {"access_token": "pat-1", "base_url": "http://api.hubapi.com"},
        {"access_token": "pat-1", "base_url": "ftp://api.hubapi.com"},
        {"access_token": "pat-1", "base_url": "https://user@api.hubapi.com"},
        {"access_token": "pat-1", "base_url": "api.hubapi.com"},
        {"access_token": "pat-1", "path": "tokens"},
        {"access_token": "pat-1", "path": "/x?y=1"},
        {"access_token": "pat-1", "colour": "red"},
        {},
    ],
)
def test_settings_that_cannot_work_stop_the_start(settings: dict[str, Any]):
    """Without quoting the secret."""
    with pytest.raises(ConfigError) as caught:
        platforms.build("hubspot", **settings)
    assert "X-Evil" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(
    "changed",
    [
        {"secret": "changeme"},
        {"secret": "a" * 40},
        {"inbox": ""},
        {"key_id": ""},
        {"base_url": "http://desk.example.com"},
    ],
)
def test_desk_settings_that_cannot_work_stop_the_start(changed: dict[str, str]):
    """A weak secret above all."""
    good = {"base_url": "https://d.example", "inbox": "web", "key_id": "k", "secret": SECRET}
    with pytest.raises(ConfigError):
        platforms.build("desk", **{**good, **changed})


def test_the_desk_gets_a_jwt_it_can_check():
    """Header and claims as the receiving side reads them."""
    token = DESK.sign(ADA, NOON)
    assert jwt.get_unverified_header(token.value) == {
        "alg": "HS256",
        "typ": "JWT",
        "kid": "k1",
    }
    claims = jwt.decode(
        token.value, SECRET, ["HS256"], audience="web", options={"verify_iat": False}
    )
    assert len(claims.pop("jti")) == 32
    assert {
        "iss": "callingcard",
        "aud": "web",
        "iat": int(NOON.timestamp()),
        "exp": int(token.expires_at.timestamp()),
        "sub": "u-7",
        "email": "ada@example.com",
        "email_verified": True,
        "given_name": "Ada",
        "family_name": "Lovelace",
        "props": {"plan": "pro"},
    } == claims
    assert claims["exp"] - claims["iat"] <= 12 * 3600


def test_the_desk_is_told_only_what_is_known():
    """No empty claims, and no address for the page to pass on."""
    visitor = Visitor(user_id="u-7")
    token = DESK.sign(visitor, NOON)
    claims = jwt.decode(token.value, options={"verify_signature": False})
    assert {"iss", "aud", "iat", "exp", "jti", "sub"} == set(claims)
    assert DESK.settings(visitor, "t") == {"identificationToken": "t"}


def test_two_tokens_are_never_the_same():
    """One that was spent by signing out must not come again."""
    assert len({DESK.sign(ADA, NOON).value for _ in range(10)}) == 10


def test_every_platform_keeps_its_secret():
    """No repr and no version shows it."""
    for platform, secret in ((HUBSPOT, "pat-canary"), (DESK, SECRET)):
        assert secret not in f"{platform!r}{platform.version()}"
        assert secret.encode() == platform.secret_material()


def test_a_platform_either_calls_or_signs():
    """The driver tells them apart by what they can do."""
    assert (
        isinstance(HUBSPOT, CallingPlatform),
        isinstance(HUBSPOT, SigningPlatform),
    ) == (True, False)
    assert (
        isinstance(DESK, CallingPlatform),
        isinstance(DESK, SigningPlatform),
    ) == (False, True)


def test_an_unknown_platform_is_told_with_those_there_are():
    """So that a typing error is plain."""
    with pytest.raises(UnknownPlatform) as caught:
        platforms.build("hubpsot")
    assert "desk, hubspot" in caught.value.hint


def test_another_package_adds_a_platform_and_replaces_none(monkeypatch: pytest.MonkeyPatch):
    """An entry point is enough; ours cannot be taken over."""
    target = "callingcard.identity.platforms.desk:Desk"

    def points(*, group: str, name: str | None = None):
        made = [EntryPoint(n, target, group) for n in ("extra", "hubspot")]
        return [p for p in made if name in (None, p.name)]

    monkeypatch.setattr(plugins, "entry_points", points)
    settings = {"base_url": "https://d.example", "inbox": "web", "key_id": "k"}
    assert isinstance(platforms.build("extra", secret=SECRET, **settings), Desk)
    assert isinstance(platforms.build("hubspot", access_token="pat-1"), HubSpot)
    assert platforms.known() == ["desk", "extra", "hubspot"]
