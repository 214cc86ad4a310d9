"""How access looks over HTTP: signing in and out, and who a request comes from.

A signed-in browser is known by a cookie that no script can read. Since a browser
sends cookies for other sites' pages too, every unsafe request must also show
that it comes from our own page.

Invariant: nothing that changes anything is done for a cookie alone.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from callingcard.access.errors import (
    BodyTooLarge,
    CrossSite,
    InvalidInput,
    NoKey,
    RoleNeeded,
    ScopeMissing,
    SignedOut,
)
from callingcard.access.model import SESSION_LIFE, User, includes
from callingcard.access.service.keys import Keys
from callingcard.access.service.sessions import Sessions
from callingcard.access.service.users import Users
from callingcard.errors import ConfigError
from callingcard.kit.actor import Actor, Role, Scope

WhoCalls: TypeAlias = Callable[[Request], Awaitable[Actor]]
"""Finds out who a request comes from, or raises; other contexts are given one."""

MAX_BODY: Final = 4096
"""The largest body of a sign-in, in bytes."""

_PATH: Final = "/v1/app/session"
_SCRIPTED_BODIES: Final = frozenset({"application/json", "text/csv"})
"""Kinds of bodies that no form of another site's page can send."""

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Door:
    """Where the agents' app is found, and the cookie that keeps somebody signed in."""

    origin: str
    secure: bool
    cookie_name: str

    @classmethod
    def at(cls, public_url: str) -> "Door":
        """Return the door of the service whose address is *public_url*.

        Without TLS a browser refuses the ``__Host-`` prefix, and cookies are shared
        between ports, so the port goes into the name instead. Raises ConfigError.

        >>> Door.at("https://chat.example/").cookie_name
        '__Host-callingcard'
        >>> Door.at("http://127.0.0.1:8400")
        Door(origin='http://127.0.0.1:8400', secure=False, cookie_name='callingcard-8400')
        """
        parts = urlsplit(public_url)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            raise ConfigError("server.public_url is no http or https address")
        usual = _DEFAULT_PORTS[parts.scheme]
        port = parts.port or usual
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        origin = f"{parts.scheme}://{host}" + ("" if port == usual else f":{port}")
        secure = parts.scheme == "https"
        name = "__Host-callingcard" if secure else f"callingcard-{port}"
        return cls(origin=origin, secure=secure, cookie_name=name)


class SignIn(BaseModel):
    """How somebody signs in: an address and a password, or the ticket of a link."""

    model_config = ConfigDict(strict=True, extra="forbid")

    email: str | None = Field(default=None, max_length=320)
    password: SecretStr | None = None
    ticket: SecretStr | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "SignIn":
        by_password = self.email is not None and self.password is not None
        by_ticket = self.email is None and self.password is None and self.ticket is not None
        if not by_ticket and (not by_password or self.ticket is not None):
            raise ValueError("give an email and a password, or a ticket")
        return self


class Agent(BaseModel):
    """Somebody who is signed in, as their own app shows them."""

    id: str
    email: str
    name: str
    role: Role


class SignedIn(BaseModel):
    """The answer to having signed in."""

    agent: Agent
    workspace: str


_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": SignIn.model_json_schema()}},
    }
}


def session_routes(
    users: Users, sessions: Sessions, *, door: Door, workspace: str = "Callingcard"
) -> APIRouter:
    """Return the routes by which the agents' app signs in, looks and signs out."""
    router = APIRouter(tags=["app"])

    def answer(response: Response, user: User) -> SignedIn:
        response.headers["Cache-Control"] = "no-store"
        agent = Agent(id=user.id, email=user.email, name=user.name, role=user.role)
        return SignedIn(agent=agent, workspace=workspace)

    @router.post(_PATH, openapi_extra=_BODY)
    async def sign_in(request: Request, response: Response) -> SignedIn:
        """Sign in with an address and a password, or with a one-time ticket."""
        refuse_cross_site(request, door)
        asked = await _read(request)
        if asked.ticket is not None:
            secret = await sessions.redeem(asked.ticket.get_secret_value())
            user = await sessions.user_of(secret)
        else:
            user = await _by_password(users, asked, ip=_ip_of(request))
            secret = await sessions.start(user)
        earlier = request.cookies.get(door.cookie_name)
        if earlier:
            await sessions.end(earlier)
        _set_cookie(response, door, secret)
        return answer(response, user)

    @router.get(_PATH)
    async def look(request: Request, response: Response) -> SignedIn:
        """Return who is signed in."""
        return answer(response, await sessions.user_of(_secret_of(request, door)))

    @router.delete(_PATH, status_code=204)
    async def sign_out(request: Request) -> Response:
        """Sign out; to do so twice is no error."""
        refuse_cross_site(request, door)
        secret = request.cookies.get(door.cookie_name)
        if secret:
            await sessions.end(secret)
        response = Response(status_code=204, headers={"Cache-Control": "no-store"})
        response.delete_cookie(
            door.cookie_name, secure=door.secure, httponly=True, samesite="strict"
        )
        return response

    return router


def current_agent(sessions: Sessions, *, door: Door, role: Role = Role.AGENT) -> WhoCalls:
    """Return what finds the signed-in person of a request, with at least this *role*.

    It refuses an unsafe request from another site's page before anything else.
    """

    async def find(request: Request) -> Actor:
        refuse_cross_site(request, door)
        return require(await sessions.actor_of(_secret_of(request, door)), role)

    return find


def bearer_key(keys: Keys, *, scope: Scope | None = None) -> WhoCalls:
    """Return what finds the API key of a request, one good for *scope* if it is given.

    Whether the key is good for a certain site is for the route to ask.
    """

    async def find(request: Request) -> Actor:
        shown = request.headers.getlist("authorization")
        scheme, _, secret = (shown[0] if len(shown) == 1 else "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise NoKey("an API key is needed", hint="Send `Authorization: Bearer KEY`.")
        actor = await keys.authenticate(secret.strip(), origin=request.headers.get("origin"))
        if scope is not None and not actor.may(scope, site=actor.site):
            raise ScopeMissing(
                "this API key is not for this", hint=f"Make one with the scope {scope.value}."
            )
        return actor

    return find


def require(actor: Actor, role: Role) -> Actor:
    """Return *actor* when their role includes *role*; raises RoleNeeded."""
    if not includes(actor.role, role):
        raise RoleNeeded("your role does not allow this", hint=f"It takes an {role.value}.")
    return actor


def refuse_cross_site(request: Request, door: Door) -> None:
    """Raise CrossSite for an unsafe request that our own page did not make.

    A browser says where a request comes from in ``Sec-Fetch-Site`` or, an older one,
    in ``Origin``; a page can forge neither. What sends neither is no browser and
    has no cookie but its own. A form can send neither JSON nor CSV.
    """
    if request.method in _SAFE_METHODS:
        return
    site = request.headers.getlist("sec-fetch-site")
    origin = request.headers.getlist("origin")
    if site:
        ours = all(value == "same-origin" for value in site)
    else:
        ours = all(value == door.origin for value in origin)
    if not ours:
        raise CrossSite("this may only be asked from our own pages")
    if not _scripted_or_empty(request):
        raise CrossSite(
            "a body may only be JSON here", hint="Send `Content-Type: application/json`."
        )


def _scripted_or_empty(request: Request) -> bool:
    kinds = request.headers.getlist("content-type")
    if kinds:
        named = (kind.partition(";")[0].strip().lower() for kind in kinds)
        return all(kind in _SCRIPTED_BODIES for kind in named)
    length = request.headers.get("content-length", "0")
    return length == "0" and "transfer-encoding" not in request.headers


def _secret_of(request: Request, door: Door) -> str:
    secret = request.cookies.get(door.cookie_name)
    if not secret:
        raise SignedOut("nobody is signed in", hint="Sign in first.")
    return secret


def _ip_of(request: Request) -> str:
    """Return the peer's address; the server has put the right one there behind a proxy."""
    return request.client.host if request.client else ""


def _set_cookie(response: Response, door: Door, secret: str) -> None:
    response.set_cookie(
        door.cookie_name,
        secret,
        max_age=int(SESSION_LIFE.total_seconds()),
        path="/",
        secure=door.secure,
        httponly=True,
        samesite="strict",
    )


async def _by_password(users: Users, asked: SignIn, *, ip: str) -> User:
    password = asked.password.get_secret_value() if asked.password else ""
    return await users.authenticate(asked.email or "", password, ip=ip)


async def _read(request: Request) -> SignIn:
    """Read the body, as far as we are willing to; raises BodyTooLarge or InvalidInput."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise BodyTooLarge(f"a sign-in is at most {MAX_BODY} bytes")
    try:
        return SignIn.model_validate_json(bytes(body))
    except ValidationError as error:
        # Only where and why: pydantic's own words quote the input, which is a password.
        fields = {
            ".".join(map(str, found["loc"])) or "body": found["msg"]
            for found in error.errors(include_input=False, include_url=False)
        }
        raise InvalidInput("this is no sign-in", fields=fields) from None
