"""HubSpot is asked and understood as its documentation says, and its token is kept."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callingcard.errors import ConfigError, UpstreamError
from callingcard.identity import platforms
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import Visitor
from callingcard.identity.ports import CallingPlatform, SigningPlatform
from callingcard.kit.wire import Reply
from callingcard.platforms import HubSpot
from callingcard.testing import check_platform

NOON = datetime(2030, 1, 1, 12, 0, 0, 700_000, tzinfo=UTC)
VECTORS = json.loads((Path(__file__).parent / "vectors" / "hubspot.json").read_text())
HUBSPOT = HubSpot(access_token="pat-canary")


def test_hubspot_keeps_the_contract():
    """It calls, and its secret is nowhere to be seen."""
    check_platform(HUBSPOT, reply=Reply(200, {}, b'{"token": "eyJ.x.y"}'))
    assert isinstance(HUBSPOT, CallingPlatform)
    assert not isinstance(HUBSPOT, SigningPlatform)
    assert HUBSPOT.secret_material() == b"pat-canary"


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
