"""What is Django's own: its users, its CSRF check, WSGI and ASGI, and django-allauth."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from tests.support.fake_hubspot import FakeHubSpot
from tests.support.shops import (
    async_issuer_of,
    issuer_of,
    open_shop,
    served_by_django,
)

from callingcard.errors import ConfigError
from callingcard.identity.model import Visitor
from callingcard.kit.clock import FakeClock

pytestmark = pytest.mark.usefixtures("django_site")
ADDRESS = "ada@example.com"


def token_view(*args: Any, **options: Any) -> Any:
    """Return the view; its module loads only where Django is set up."""
    from callingcard.integrations.django import token_view as made

    return made(*args, **options)


@pytest.fixture
def ada() -> Iterator[Any]:
    """Return a user of Django's own kind."""
    from django.contrib.auth.models import User

    user = User.objects.create_user("ada", ADDRESS, first_name="Ada")
    yield user
    user.delete()


def post(view: Any, user: Any = None, **headers: str) -> Any:
    """Post to *view*, served under WSGI with the CSRF check on, signed in as *user*."""
    from django.test import Client

    with served_by_django(view):
        client = Client(enforce_csrf_checks=True, headers=headers or None)
        if user is not None:
            client.force_login(user)
        return client.post("/chat/token", "{}", content_type="application/json")


async def async_post(view: Any, user: Any = None) -> Any:
    """Post to *view*, served under ASGI with the CSRF check on, signed in as *user*."""
    from django.test import AsyncClient

    with served_by_django(view):
        client = AsyncClient(enforce_csrf_checks=True)
        if user is not None:
            await client.aforce_login(user)
        return await client.post("/chat/token", "{}", content_type="application/json")


async def test_the_signed_in_user_is_the_visitor(ada: Any, clock: FakeClock):
    """Under WSGI and under ASGI, by primary key and proved address."""
    hubspot, expected = FakeHubSpot(), {"email": ADDRESS, "userId": str(ada.pk)}
    with issuer_of(hubspot, clock) as issuer:
        view = token_view(issuer, email_verified=True)
        reply = await sync_to_async(post)(view, ada)
        assert (reply.status_code, reply.json()["identity"]) == (200, expected)
        assert (await sync_to_async(post)(view)).status_code == 204
    async with async_issuer_of(hubspot, clock) as waiting:
        view = token_view(waiting, email_verified=lambda user: user.pk == ada.pk)
        reply = await async_post(view, ada)
        assert (reply.status_code, reply.json()["identity"]) == (200, expected)
        assert (await async_post(view)).status_code == 204
    assert [b'"firstName":"Ada"' in call.content for call in hubspot.requests] == [True, True]


def test_an_address_is_not_vouched_for_unless_the_site_says_so(ada: Any, clock: FakeClock):
    """Django keeps what somebody typed; it never asked the mailbox."""
    with issuer_of(FakeHubSpot(), clock) as issuer:
        for options in (
            {},
            {"email_verified": False},
            {"email_verified": lambda user: user.last_name == "confirmed"},
        ):
            reply = post(token_view(issuer, **options), ada)
            assert (reply.status_code, reply.json()["code"]) == (403, "identity.unverified")


def test_an_account_that_was_switched_off_is_nobody(ada: Any, clock: FakeClock):
    """Even where the site lets inactive users keep their session."""
    from django.test import override_settings

    ada.is_active = False
    ada.save()
    keeps = ["django.contrib.auth.backends.AllowAllUsersModelBackend"]
    with (
        issuer_of(FakeHubSpot(), clock) as issuer,
        override_settings(AUTHENTICATION_BACKENDS=keeps),
    ):
        assert post(token_view(issuer, email_verified=True), ada).status_code == 204


@pytest.mark.parametrize(
    ("email", "state", "status"),
    [
        (ADDRESS, "verified", 200),
        (ADDRESS, "only typed", 403),
        ("other@example.com", "verified", 403),
        ("Ada@example.com", "verified", 403),
        ("ad\u00e1@example.com", "verified", 403),
    ],
)
def test_allauth_is_believed_about_the_very_address(
    ada: Any, allauth: Any, clock: FakeClock, email: str, state: str, status: int
):
    """Another address of the user, or one that only looks alike, proves nothing."""
    allauth.objects.create(user=ada, email=email, verified=state == "verified")
    with issuer_of(FakeHubSpot(), clock) as issuer:
        assert post(token_view(issuer), ada).status_code == status


def test_allauth_is_not_believed_about_somebody_else(ada: Any, allauth: Any, clock: FakeClock):
    """What Grace has proved says nothing about Ada, whatever address Ada types."""
    from django.contrib.auth.models import User

    grace = User.objects.create_user("grace", "grace@example.com")
    allauth.objects.create(user=grace, email=ADDRESS, verified=True)
    with issuer_of(FakeHubSpot(), clock) as issuer:
        assert post(token_view(issuer), ada).status_code == 403
    allauth.objects.all().delete()
    grace.delete()


async def test_the_view_needs_no_csrf_token_but_everything_else_does(clock: FakeClock):
    """The check is on: a form is refused by Django, the token's door keeps itself."""
    async with open_shop("django", clock) as shop:
        assert (await shop.send("POST", "/form", data={"a": "b"})).status_code == 403
        cookies = {"who": ADDRESS}
        assert (await shop.send("POST", json={}, cookies=cookies)).status_code == 200
        form = await shop.send("POST", data={"a": "b"}, cookies=cookies)
        assert (form.status_code, form.json()["code"]) == (415, "unsupported_media_type")
        abroad = {"Origin": "https://evil.example"}
        reply = await shop.send("POST", json={}, headers=abroad, cookies=cookies)
        assert (reply.status_code, reply.json()["code"]) == (403, "integration.cross_site")


def test_nobody_is_sent_to_the_sign_in_page(ada: Any, clock: FakeClock):
    """On a site where every other view asks for a sign-in, nobody is still no error."""
    from django.conf import settings
    from django.test import Client, override_settings

    asks = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    with (
        issuer_of(FakeHubSpot(), clock) as issuer,
        override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, asks]),
    ):
        view = token_view(issuer, email_verified=True)
        with served_by_django(view):
            assert Client().get("/form").status_code == 302
        assert post(view).status_code == 204
        assert post(view, ada).status_code == 200


async def test_the_site_may_say_who_it_is(clock: FakeClock):
    """By a function, an async one, or one that returns something to await, under ASGI."""

    def now(_request: Any) -> Visitor:
        return Visitor(ADDRESS, email_verified=True, user_id="7")

    async def awaited(request: Any) -> Visitor:
        return now(request)

    def later(request: Any) -> Awaitable[Visitor]:
        return awaited(request)

    async with async_issuer_of(FakeHubSpot(), clock) as issuer:
        for visitor in (now, awaited, later):
            reply = await async_post(token_view(issuer, visitor=visitor))
            assert reply.json()["identity"] == {"email": ADDRESS, "userId": "7"}


async def test_an_async_issuer_is_not_served_by_wsgi(clock: FakeClock):
    """Django would run each request in a loop of its own; it says so at the first one."""
    async with async_issuer_of(FakeHubSpot(), clock) as issuer:
        view = token_view(issuer, email_verified=True)
        with pytest.raises(ConfigError, match="ASGI"):
            await sync_to_async(post)(view)


def test_what_cannot_work_is_refused_at_the_start(clock: FakeClock):
    """Two answers to one question, and a function that nobody could await."""

    async def later(_request: Any) -> None:
        return None

    refused: list[Callable[[Any], Any]] = [
        lambda issuer: token_view(issuer, visitor=lambda _: None, email_verified=True),
        lambda issuer: token_view(issuer, visitor=later),
    ]
    with issuer_of(FakeHubSpot(), clock) as issuer:
        for make in refused:
            with pytest.raises(ConfigError):
                make(issuer)
