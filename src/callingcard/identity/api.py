"""``/v1/sites/{site}/token``: a proof or a server key in, a token out.

What is decided here is who may ask and how an answer may be kept; everything
else is the issuer's. It knows HTTP and no web framework, since this is the path that
every page of every customer waits for: ``server/fastpath.py`` reads and writes.

Invariant: with a visitor's proof, the address is the proof's and never the body's.
Invariant: every answer, a refusal too, carries ``no-store`` and ``Vary``, and names
the origin only if it is on the site's list.
Invariant: an address that nobody proved gets a token by a site's ``landing`` alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, Literal, Protocol, TypeAlias

import msgspec
from starlette.exceptions import HTTPException

from callingcard.errors import CallingcardError, ConfigError
from callingcard.identity.bodies import VisitorBody, described, visitor_body
from callingcard.identity.errors import (
    KeyNotAllowed,
    OriginNotAllowed,
    ProofInvalid,
    UnknownSite,
    Unverified,
)
from callingcard.identity.model import IdentityToken, Presented, Visitor
from callingcard.identity.ports import Proof
from callingcard.identity.proofs.invite import looks_like_invite
from callingcard.identity.proofs.jwt import JwtProof
from callingcard.identity.service.beside import check_email, with_page
from callingcard.identity.service.issuing import answer
from callingcard.identity.service.landing import Claim
from callingcard.kit.actor import Actor, Scope
from callingcard.kit.clock import Clock, SystemClock
from callingcard.kit.urls import checked_origin

PATH: Final = "/v1/sites/{site}/token"
MAX_BODY_BYTES: Final = 16_384
BODY_SECONDS: Final = 10.0

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

PRIVATE: Final[Headers] = (
    (b"cache-control", b"no-store, private"),
    (b"vary", b"Origin, Authorization, Cookie"),
)
"""On every answer, whatever it is."""

_METHODS: Final = "POST, DELETE, OPTIONS"
_SERVER_KEYS: Final = ("bearer cc_sk_", "bearer pat-local-")
_PREFLIGHT: Final[Headers] = (
    (b"access-control-allow-methods", b"POST, DELETE"),
    (b"access-control-allow-headers", b"Authorization, Content-Type"),
    (b"access-control-max-age", b"600"),
)
EXPOSED: Final = (b"access-control-expose-headers", b"Retry-After, Date")
"""What a page of another origin may read besides the body: when to come again."""
_WITH_COOKIES: Final = (b"access-control-allow-credentials", b"true")
_MOST_WRITTEN: Final = 4096
_COOKIE_PROOFS: Final = ("jwks", "header")
_ALLOW: Final[Headers] = ((b"allow", _METHODS.encode()),)

AuthenticateKey: TypeAlias = Callable[[Presented], Awaitable[Actor | None]]
"""Returns who the request's bearer key belongs to, or raises NotAllowed."""


class TokenIssuer(Protocol):
    """Issues and forgets; ``issuer.AsyncIssuer`` does."""

    def at_hand(self, visitor: Visitor) -> IdentityToken | None:
        """Return a token for *visitor* that needs no waiting, if there is one."""
        ...

    async def issue(self, visitor: Visitor) -> IdentityToken:
        """Return a token for *visitor*."""
        ...

    async def forget(self, visitor: Visitor) -> None:
        """Drop every token of *visitor*."""
        ...


class Landing(Protocol):
    """Decides about a visitor whom nobody has signed in; ``service.landing`` does."""

    async def admit(
        self, site: str, claim: Claim, given: Presented, now: datetime
    ) -> Visitor | None:
        """Return whom to issue a token for; raises NotAllowed or LimitExceeded."""
        ...

    async def failed(self, site: str, claim: Claim) -> None:
        """Take back what admitting *claim* used up: the platform gave no token."""
        ...


@dataclass(frozen=True, slots=True)
class SiteIssuer:
    """One site as this door sees it: who may ask, how they prove it, who issues.

    *proof* is None for a site whose backend alone may ask, with a key. Without a
    *landing* nobody gets a token but by a proof or a server key. Raises ConfigError for
    an origin that no browser would send.
    """

    issuer: TokenIssuer
    platform: str
    origins: frozenset[str] = frozenset()
    proof: Proof | None = None
    proof_kind: str = "key"
    landing: Landing | None = None
    unverified: Literal["refuse", "anonymous", "mint"] = "refuse"
    key_set: Mapping[str, Any] | None = None
    """The public keys that the platform checks our tokens with, when it fetches any."""
    page_properties: tuple[str, ...] = ()
    """What a page may say of itself beside a proof, because the platform asks for it."""

    def __post_init__(self) -> None:
        """Refuse an origin that could never match."""
        for origin in self.origins:
            try:
                checked_origin(origin)
            except ValueError as error:
                raise ConfigError(f"An origin of a site cannot be used: {error}.") from None


@dataclass(slots=True)
class Asked:
    """One request at this door.

    *origins* are all the Origin headers there were. *client* is the address of whoever
    asks, behind the proxies that are trusted. *read* returns the body, within
    ``MAX_BODY_BYTES`` and ``BODY_SECONDS``, or raises; None says that there is none.
    """

    method: str
    site: str
    given: Presented = field(repr=False)
    origins: tuple[str, ...] = ()
    client: str = field(default="", repr=False)
    read: Callable[[], Awaitable[bytes]] | None = field(default=None, repr=False)


@dataclass(slots=True)
class Answer:
    """What to say: JSON in *body*, unless it is empty."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: Headers = ()


_NOTHING: Final = Answer(HTTPStatus.NO_CONTENT)


class TokenDoor:
    """Answers requests for the tokens of *sites*, which may change at any time."""

    def __init__(
        self,
        sites: Mapping[str, SiteIssuer],
        authenticate_key: AuthenticateKey,
        *,
        clock: Clock | None = None,
    ) -> None:
        self._sites = sites
        self._authenticate_key = authenticate_key
        self._clock = clock or SystemClock()
        self._written: dict[int, tuple[IdentityToken, bytes]] = {}

    def headers(self, asked: Asked) -> Headers:
        """Return what every answer to *asked* carries; raises UnknownSite, OriginNotAllowed.

        A request without an Origin is no page of another site, and is let through.
        """
        site = self._site(asked.site)
        if not asked.origins:
            return PRIVATE
        origin, *others = asked.origins
        if others or origin not in site.origins:
            raise OriginNotAllowed
        named = (b"access-control-allow-origin", origin.encode("latin-1"))
        # A cookie that another site's page cannot make the browser send: the origin is listed.
        cookies = (_WITH_COOKIES,) if site.proof_kind in _COOKIE_PROOFS else ()
        return (*PRIVATE, named, EXPOSED, *cookies)

    def at_once(self, site_name: str, authorization: str, origin: str) -> bytes | None:
        """Return the body of the answer 200 to a POST without a body, if it is at hand.

        It is exactly what ``answer`` would say, without the waiting; whatever is not
        plainly a token for a good proof is None, for ``answer`` to decide. An empty
        *origin* says that there was none.
        """
        site = self._sites.get(site_name)
        if (
            site is None
            or site.unverified == "mint"
            or not authorization.startswith("Bearer ")
        ):
            return None
        if (origin and origin not in site.origins) or not isinstance(site.proof, JwtProof):
            return None
        try:
            visitor = site.proof.verify(authorization[7:], self._clock.now())
            token = site.issuer.at_hand(visitor)
        except CallingcardError:
            return None
        return None if token is None else self._finished(visitor, token)

    def _finished(self, visitor: Visitor, token: IdentityToken) -> bytes:
        """Return the answer that hands *token* out, the same bytes while it is at hand."""
        known = self._written.get(id(token))
        if known is not None and known[0] is token:
            return known[1]
        body = _written(visitor, token)
        if len(self._written) >= _MOST_WRITTEN:
            self._written.clear()
        self._written[id(token)] = (token, body)
        return body

    async def answer(self, asked: Asked) -> Answer:
        """Return what to say to *asked*; raises CallingcardError or HTTPException."""
        if asked.method == "POST":
            return await self._issue(asked, self._site(asked.site))
        if asked.method == "DELETE":
            return await self._forget(asked, self._site(asked.site))
        if asked.method == "OPTIONS":
            headers = _ALLOW + _PREFLIGHT if asked.origins else _ALLOW
            return Answer(HTTPStatus.NO_CONTENT, headers=headers)
        raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": _METHODS})

    async def _issue(self, asked: Asked, site: SiteIssuer) -> Answer:
        """Issue a token for whomever the request is about."""
        bearer = asked.given.header("authorization") or ""
        visitor = None
        if not _is_claim(bearer):
            visitor = await self._visitor(asked, site, bearer)
        if visitor is None:
            return await self._land(asked, site, bearer)
        if site.unverified == "mint":
            visitor = _proved(visitor)
        token = await site.issuer.issue(visitor)
        return Answer(HTTPStatus.OK, _written(visitor, token))

    async def _forget(self, asked: Asked, site: SiteIssuer) -> Answer:
        """Forget the tokens of whoever signs out; who proved nothing has none."""
        bearer = asked.given.header("authorization") or ""
        if _is_claim(bearer) and site.landing is not None:
            return _NOTHING
        visitor = await self._visitor(asked, site, bearer)
        if visitor is not None:
            await site.issuer.forget(visitor)
        return _NOTHING

    async def _visitor(self, asked: Asked, site: SiteIssuer, bearer: str) -> Visitor | None:
        """Return whom the request proves or its key vouches for; None when nobody does."""
        if bearer[:20].lower().startswith(_SERVER_KEYS):
            await self._check_key(asked)
            return described(await _body(asked))
        if site.proof is None:
            if bearer:
                raise ProofInvalid
            return None
        visitor = await site.proof.visitor(asked.given, self._clock.now())
        if visitor is not None and asked.read is not None:
            body = await _body(asked)
            check_email(visitor, body.email)
            visitor = with_page(visitor, body.properties, site.page_properties)
        return visitor

    async def _land(self, asked: Asked, site: SiteIssuer, bearer: str) -> Answer:
        """Answer a visitor whom nobody has signed in, as the site's landing decides."""
        landing = site.landing
        if landing is None:
            if bearer:
                raise ProofInvalid
            return _NOTHING
        body = await _body(asked)
        claim = _claim(asked, bearer, body)
        if claim is None:
            return _NOTHING
        visitor = await landing.admit(asked.site, claim, asked.given, self._clock.now())
        if visitor is None:
            return _NOTHING
        try:
            token = await site.issuer.issue(visitor)
        except BaseException:
            await asyncio.shield(landing.failed(asked.site, claim))
            raise
        return Answer(HTTPStatus.OK, _written(visitor, token))

    def _site(self, name: str) -> SiteIssuer:
        """Return the site *name* as it is set up now; raises UnknownSite."""
        site = self._sites.get(name)
        if site is None:
            raise UnknownSite
        return site

    async def _check_key(self, asked: Asked) -> None:
        """Raise unless the key of the request may issue tokens for its site."""
        actor = await self._authenticate_key(asked.given)
        if actor is None:
            raise ProofInvalid
        if not actor.may(Scope.TOKENS, site=asked.site):
            raise KeyNotAllowed


def _written(visitor: Visitor, token: IdentityToken) -> bytes:
    """Return the answer that hands *token* out."""
    return msgspec.json.encode(answer(visitor, token))


def _is_claim(bearer: str) -> bool:
    """Say whether an Authorization is none that a signed-in visitor or a backend sends."""
    scheme, _, token = bearer.partition(" ")
    if scheme.lower() != "bearer":
        return False
    return token.startswith("cc_pk_") or looks_like_invite(token)


def _claim(asked: Asked, authorization: str, body: VisitorBody) -> Claim | None:
    """Return what the request claims and by what right; None when it claims nothing."""
    bearer = authorization.partition(" ")[2].strip()
    named = body.email is not None or body.user_id is not None
    if not bearer and not named:
        return None
    kind = "publishable" if bearer.startswith("cc_pk_") else "invite" if bearer else "nothing"
    return Claim(
        kind=kind,
        bearer=bearer,
        body=replace(described(body), email_verified=False) if named else None,
        origin=next(iter(asked.origins), None),
        client=asked.client,
    )


def _proved(visitor: Visitor) -> Visitor:
    """Return what is proved of *visitor*; raises Unverified when that is nothing.

    The issuer of a site that mints takes any address; those it is not meant for stop here.
    """
    if visitor.email is None or visitor.email_verified:
        return visitor
    if visitor.user_id is None:
        raise Unverified(
            "Nobody proved that this visitor is who the request says.",
            hint="A proof or a server key has to say that the address is verified.",
        )
    return replace(visitor, email=None)


async def _body(asked: Asked) -> VisitorBody:
    """Return the body of *asked*, which may be empty."""
    raw = await asked.read() if asked.read is not None else b""
    return visitor_body(raw, asked.given.header("content-type") or "")
