"""LiveChat's Accounts API is asked as documented, and its answers reach the widget."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.support import vendors_b
from tests.support.vouching import ADA, VECTORS

from callingcard.errors import UpstreamError
from callingcard.identity.errors import PlatformRefused
from callingcard.identity.model import Visitor
from callingcard.identity.platforms.livechat import LiveChat
from callingcard.identity.ports import CallingPlatform, SigningPlatform
from callingcard.kit.wire import Reply

VECTOR = json.loads((VECTORS / "livechat.json").read_text(encoding="utf-8"))
LIVECHAT = LiveChat(**VECTOR["arguments"])
ASKED_AT = datetime.fromisoformat(VECTOR["asked_at"])
NOW = int(ASKED_AT.timestamp())


def accounts() -> vendors_b.LiveChatAccounts:
    """Return an Accounts API that knows our app and agent."""
    given = VECTOR["arguments"]
    return vendors_b.LiveChatAccounts(
        agent_token=given["access_token"],
        client_id=given["client_id"],
        organization_id=given["organization_id"],
    )


def handed(
    api: vendors_b.LiveChatAccounts, visitor: Visitor, platform: LiveChat = LIVECHAT
) -> dict[str, Any]:
    """Return the settings that the page gets, after one call."""
    request = platform.request(visitor)
    status, body = api.token(request.headers, request.body, now=NOW)
    token = platform.read(Reply(status, {}, json.dumps(body).encode()), asked_at=ASKED_AT)
    return json.loads(json.dumps(dict(platform.settings(visitor, token.value))))


@pytest.mark.parametrize("vector", VECTOR["requests"])
def test_livechat_is_asked_as_documented(vector: dict[str, Any]):
    """Method, address, bearer and body, for a new customer and for a known one."""
    request = LIVECHAT.request(Visitor(**vector["visitor"]))
    assert (vector["method"], vector["url"]) == (request.method, request.url)
    assert vector["authorization"] == request.headers["Authorization"]
    assert vector["body"] == json.loads(request.body)


@pytest.mark.parametrize("vector", VECTOR["replies"])
def test_livechat_is_understood_as_documented(vector: dict[str, Any]):
    """A token, or an error that tells the operator what to do and quotes nothing."""
    body = vector.get("text", json.dumps(vector.get("body"))).encode()
    reply = Reply(vector["status"], vector.get("headers", {}), body)
    if "customer_token" in vector:
        token = LIVECHAT.read(reply, asked_at=ASKED_AT)
        settings = LIVECHAT.settings(ADA, token.value)
        assert vector["customer_token"] == settings["customerToken"]
        assert ASKED_AT + timedelta(seconds=vector["seconds"]) == token.expires_at
        return
    with pytest.raises(UpstreamError) as caught:
        LIVECHAT.read(reply, asked_at=ASKED_AT)
    error = caught.value
    wait = error.retry_after.total_seconds() if error.retry_after else None
    assert (vector["code"], vector.get("retry_after")) == (error.code, wait)
    assert vector["hint"] in error.hint
    assert "ada@" not in f"{error}{error.hint}{reply!r}"
    if isinstance(error, PlatformRefused):
        assert vector.get("whole_site", False) == error.whole_site


def test_livechat_calls_and_does_not_sign():
    """So its tokens are cached and its calls counted."""
    assert isinstance(LIVECHAT, CallingPlatform)
    assert not isinstance(LIVECHAT, SigningPlatform)


def test_the_widget_takes_what_it_is_handed():
    """And connects as the customer that the Accounts API made."""
    api = accounts()
    settings = handed(api, ADA)
    assert api.widget(settings, now=NOW + 28_799) == settings["customerToken"]["entityId"]


def test_a_visitor_whose_customer_is_kept_stays_one_customer():
    """The site gives back the entity id of the first answer; without, it is a new one."""
    api = accounts()
    first = handed(api, ADA)["customerToken"]["entityId"]
    ada = Visitor(user_id="u_42", properties={"livechat_entity_id": first})
    again = handed(api, ada)["customerToken"]["entityId"]
    forgotten = handed(api, Visitor(user_id="u_42"))["customerToken"]["entityId"]
    assert first == again
    assert first != forgotten


def test_livechat_refuses_what_is_not_ours():
    """Another agent's token, another app, a customer that does not exist."""
    stranger = Visitor(
        user_id="u", properties={"livechat_entity_id": "bf18d1a8-1afe-4a3e-4cc0-a3148f1143db"}
    )
    given = VECTOR["arguments"]
    for platform, visitor in (
        (LiveChat(**{**given, "access_token": "dal:other"}), ADA),
        (LiveChat(**{**given, "client_id": "other"}), ADA),
        (LiveChat(**{**given, "organization_id": "other"}), ADA),
        (LIVECHAT, stranger),
    ):
        with pytest.raises(PlatformRefused):
            handed(accounts(), visitor, platform)


def test_the_widget_refuses_a_token_that_has_ended_or_is_another_customers():
    """The entity id and the times in the token are those of the access token."""
    api = accounts()
    ada, bob = handed(api, ADA), handed(api, Visitor(user_id="bob"))
    with pytest.raises(vendors_b.Refused, match="token"):
        api.widget(ada, now=NOW + 28_800)
    swapped = {**ada["customerToken"], "entityId": bob["customerToken"]["entityId"]}
    with pytest.raises(vendors_b.Refused, match="another customer"):
        api.widget({**ada, "customerToken": swapped}, now=NOW)
