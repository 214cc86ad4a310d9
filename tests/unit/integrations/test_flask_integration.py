"""What is Flask's own: Flask-Login says who is signed in, and nobody says what is proved."""

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask_login import LoginManager, UserMixin
from tests.support.fake_hubspot import FakeHubSpot
from tests.support.shops import async_issuer_of, issuer_of, over_wsgi

from callingcard.backends.fetch import AsyncFetch
from callingcard.errors import ConfigError
from callingcard.identity.issuer import Issuer
from callingcard.identity.model import Visitor
from callingcard.identity.platforms.generic_jwt import GenericJWT
from callingcard.identity.platforms.hubspot import HubSpot
from callingcard.integrations.flask import token_blueprint
from callingcard.kit.clock import FakeClock


class Account(UserMixin):
    """A user as an app keeps one."""

    def __init__(self, **facts: Any) -> None:
        self.__dict__.update(facts)

    def get_id(self) -> str:
        """Return what the app changes to end every session of the user."""
        return "canary-of-the-session"


ACCOUNTS = {
    "ada": Account(id=7, email="ada@example.com", first_name="Ada", confirmed=True),
    "eve": Account(id=8, email="eve@example.com", first_name=None, confirmed=False),
    "bot": Account(id=9),
    "gone": SimpleNamespace(
        id=10, email="gone@example.com", is_authenticated=True, is_active=False, confirmed=True
    ),
}


@pytest.fixture
def send(clock: FakeClock) -> Callable[..., Any]:
    """Return what posts to a shop whose cookie says who Flask-Login finds signed in."""

    async def post(who: str, **options: Any):
        platform = options.pop("platform", HubSpot(access_token="pat-canary"))
        app = Flask("shop")
        login = LoginManager(app)
        login.request_loader(lambda request: ACCOUNTS.get(request.cookies.get("who", "")))
        hubspot = FakeHubSpot()
        upstream = AsyncFetch(transport=hubspot.waiting())
        with Issuer(platform, clock=clock, upstream=upstream) as issuer:
            app.register_blueprint(token_blueprint(issuer, **options), url_prefix="/chat")
            return await over_wsgi(app)("POST", json={}, cookies={"who": who})

    return post


async def test_the_signed_in_user_is_the_visitor(send: Callable[..., Any]):
    """By the account's id, and never by what Flask-Login keeps in the session."""
    reply = await send("ada", email_verified=True)
    assert reply.json()["identity"] == {"email": "ada@example.com", "userId": "7"}
    assert "canary" not in reply.text


@pytest.mark.parametrize("who", ["nobody", "gone"])
async def test_who_is_not_signed_in_or_no_longer_welcome_is_nobody(
    send: Callable[..., Any], who: str
):
    """An account that was switched off counts as nobody."""
    assert (await send(who, email_verified=True)).status_code == 204


async def test_an_address_is_not_vouched_for_unless_the_app_says_so(send: Callable[..., Any]):
    """Flask-Login does not know whether an address was ever confirmed."""
    for options in ({}, {"email_verified": False}):
        reply = await send("ada", **options)
        assert (reply.status_code, reply.json()["code"]) == (403, "identity.unverified")


async def test_the_app_may_say_it_of_each_account(send: Callable[..., Any]):
    """A function of the account decides, true for one and false for the other."""
    for who, status in (("ada", 200), ("eve", 403)):
        reply = await send(who, email_verified=lambda user: user.confirmed)
        assert reply.status_code == status


async def test_a_platform_that_knows_people_by_id_needs_no_address(send: Callable[..., Any]):
    """The unproved address is left out of what is vouched for."""
    platform = GenericJWT(secret="s3cret-" * 6, claims={"sub": "{user_id}"})
    for who, user_id in (("eve", "8"), ("bot", "9")):
        reply = await send(who, platform=platform)
        assert reply.status_code == 200
        assert reply.json()["identity"]["userId"] == user_id


def test_what_cannot_work_is_refused_at_the_start(clock: FakeClock):
    """An AsyncIssuer, whose loop Flask would end, and two answers to one question."""
    with pytest.raises(ConfigError, match="needs an Issuer"):
        token_blueprint(async_issuer_of(FakeHubSpot(), clock))  # type: ignore[arg-type]
    with (
        issuer_of(FakeHubSpot(), clock) as issuer,
        pytest.raises(ConfigError, match="not both"),
    ):
        token_blueprint(issuer, visitor=lambda: Visitor(user_id="7"), email_verified=True)


def test_without_flask_login_the_app_says_who_it_is(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
):
    """Or it gets Python's own ImportError, which names what is missing."""
    monkeypatch.setitem(sys.modules, "flask_login", None)
    with issuer_of(FakeHubSpot(), clock) as issuer:
        with pytest.raises(ImportError, match="flask_login"):
            token_blueprint(issuer)
        assert token_blueprint(issuer, visitor=lambda: None).name == "callingcard"
