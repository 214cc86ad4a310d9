"""Tokens for the visitors of a Django site, in one line.

    urlpatterns = [path("chat/token", token_view(issuer))]

Without *visitor* it is ``request.user`` who is signed in. The page then asks
``POST /chat/token``; see ``door`` for what is turned away.

The view is exempt from Django's CSRF check, because it has one of its own that needs no
token in the page: it answers only JSON requests, which a form cannot send, and only
those that the browser says come from this very origin.
https://docs.djangoproject.com/en/stable/ref/csrf/
"""

# Django has no types of its own:
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, cast, overload

from asgiref.sync import sync_to_async
from django.apps import apps
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from callingcard.errors import ConfigError
from callingcard.identity.issuer import AsyncIssuer, Issuer
from callingcard.identity.model import Visitor
from callingcard.integrations.account import Verified, visitor_of
from callingcard.integrations.door import AsyncDoor, Door, Reply

WhoIs: TypeAlias = Callable[[HttpRequest], Visitor | None]
"""Says who is signed in."""
AsyncWhoIs: TypeAlias = Callable[[HttpRequest], Awaitable[Visitor | None]]
View: TypeAlias = Callable[[HttpRequest], HttpResponse]
AsyncView: TypeAlias = Callable[[HttpRequest], Awaitable[HttpResponse]]


@overload
def token_view(
    issuer: Issuer, visitor: WhoIs | None = None, *, email_verified: Verified | None = None
) -> View: ...
@overload
def token_view(
    issuer: AsyncIssuer,
    visitor: WhoIs | AsyncWhoIs | None = None,
    *,
    email_verified: Verified | None = None,
) -> AsyncView: ...
def token_view(
    issuer: Issuer | AsyncIssuer,
    visitor: WhoIs | AsyncWhoIs | None = None,
    *,
    email_verified: Verified | None = None,
) -> View | AsyncView:
    """Return a view: POST issues, DELETE forgets, at sign-out.

    With an Issuer the view is sync, with an AsyncIssuer async, which takes an ASGI
    server. *visitor* takes the request and returns whom the site's own session names, or
    None, which is answered with 204. By default that is ``request.user``: its primary
    key, its names, and its address. The address is not vouched for unless
    *email_verified*, or what it returns for the user, is true; left out, it is asked of
    django-allauth where that is installed. Raises ConfigError.
    """
    if visitor is not None and email_verified is not None:
        raise ConfigError(
            "token_view takes visitor or email_verified, not both.",
            hint="Say Visitor(…, email_verified=…) in your own function.",
        )
    verified = _allauth_says if email_verified is None else email_verified
    if isinstance(issuer, AsyncIssuer):
        return _async_view(issuer, visitor, verified)
    return _view(issuer, cast("WhoIs | None", visitor), verified)


def _view(issuer: Issuer, visitor: WhoIs | None, verified: Verified) -> View:
    door = Door(issuer)
    if inspect.iscoroutinefunction(visitor):
        raise ConfigError("An async visitor needs an AsyncIssuer, and an ASGI server.")

    def token(request: Any) -> HttpResponse:
        def who() -> Visitor | None:
            return visitor(request) if visitor else _visitor_of(request.user, verified)

        return _response(door.answer(request.method, request.headers, who))

    return cast("View", _open(token))


def _async_view(
    issuer: AsyncIssuer, visitor: WhoIs | AsyncWhoIs | None, verified: Verified
) -> AsyncView:
    door = AsyncDoor(issuer)

    async def token(request: Any) -> HttpResponse:
        _require_asgi(request)

        async def who() -> Visitor | None:
            if visitor is None:
                return await sync_to_async(_visitor_of)(await request.auser(), verified)
            if inspect.iscoroutinefunction(visitor):
                return cast("Visitor | None", await visitor(request))
            found = await sync_to_async(visitor)(request)
            return await found if inspect.isawaitable(found) else found

        return _response(await door.answer(request.method, request.headers, who))

    return cast("AsyncView", _open(token))


def _open(view: Any) -> Any:
    """Take *view* out of the checks that answer with pages; the door makes its own.

    Who is not signed in is told so with 204, and not sent to the sign-in page.
    """
    opened: Any = csrf_exempt(view)
    opened.login_required = False  # for LoginRequiredMiddleware, since Django 5.1
    return opened


def _require_asgi(request: HttpRequest) -> None:
    """Raise ConfigError under WSGI, which the issuer would not survive for long."""
    if not isinstance(request, ASGIRequest):
        raise ConfigError(
            "An AsyncIssuer needs an ASGI server; under WSGI pass an Issuer.",
            hint="Under WSGI each async view runs in an event loop that ends with it.",
        )


def _visitor_of(user: Any, email_verified: Verified) -> Visitor | None:
    """Return the visitor whom ``request.user`` stands for."""
    if not (user.is_authenticated and user.is_active):
        return None
    email = getattr(user, user.get_email_field_name(), None)
    return visitor_of(user, user_id=user.pk, email=email, email_verified=email_verified)


def _allauth_says(user: Any) -> bool:
    """Say whether django-allauth has verified the very address that *user* has.

    Compared here and not in the database, whose idea of equal letters may be generous.
    https://docs.allauth.org/en/latest/account/index.html
    """
    if not apps.is_installed("allauth.account"):
        return False
    addresses: Any = apps.get_model("account", "EmailAddress")
    found = addresses.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return getattr(user, user.get_email_field_name(), None) in set(found)


def _response(reply: Reply) -> HttpResponse:
    if reply.body is None:
        response = HttpResponse(status=reply.status)
        del response["Content-Type"]
    else:
        response = JsonResponse(reply.body, status=reply.status)
    for name, value in reply.headers.items():
        response[name] = value
    return response
