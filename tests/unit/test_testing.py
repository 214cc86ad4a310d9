"""check_platform finds each thing that a platform can do wrong, and says it in a sentence."""
# ruff: noqa: ARG002, ARG005  (stand-ins have the parameters of what they stand in for)

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, ClassVar

import pytest

from callingcard.identity.errors import InvalidVisitor, PlatformRefused, PlatformUnavailable
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.platforms.generic_hmac import GenericHMAC
from callingcard.identity.signing import hmac_sha256_hex, sign_hs256
from callingcard.kit.wire import Reply, Request
from callingcard.testing import ADA, NOW, check_platform

SECRET = "a-canary-of-a-secret-0123456789abcdef"
GUIDE = Guide(
    title="Parrot",
    where="On its perch.",
    snippet="parrot.identify(settings)",
    logout="parrot.forget()",
    refresh="never",
    enforce="Nothing to do.",
    failure="It is silent.",
    docs_url="https://parrot.example/docs",
)
JWT_GUIDE = replace(GUIDE, refresh="push")


@dataclass(frozen=True)
class Parrot:
    """A platform that does everything right; the tests below spoil one thing each."""

    name: ClassVar[str] = "parrot"
    needs_email: ClassVar[bool] = False
    guide: ClassVar[Guide] = GUIDE
    secret: str = field(default=SECRET, repr=False)

    def secret_material(self) -> bytes:
        """Return the secret."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return nothing of note."""
        return {"cage": "1"}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what the page passes on."""
        return {"hash": token, "user": {"id": visitor.user_id}}

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return a hash of the user id."""
        if visitor.user_id is None:
            raise InvalidVisitor("no id", fields={"user_id": "is needed for this platform"})
        return IdentityToken(hmac_sha256_hex(self.secret_material(), visitor.user_id))


@dataclass(frozen=True)
class JwtParrot(Parrot):
    """One that signs JWTs, the claims as its subclasses will."""

    guide: ClassVar[Guide] = JWT_GUIDE

    def claims(self, visitor: Visitor) -> dict[str, Any]:
        """Return who it is."""
        return {"sub": visitor.user_id, "iat": int(NOW.timestamp())}

    def sign(self, visitor: Visitor, now: datetime) -> IdentityToken:
        """Return a JWT good for an hour."""
        end = now.replace(microsecond=0) + timedelta(hours=1)
        claims = {"exp": int(end.timestamp()), **self.claims(visitor)}
        return IdentityToken(sign_hs256(claims, self.secret), expires_at=end)


@dataclass(frozen=True)
class Caller:
    """One that calls, and does everything right."""

    name: ClassVar[str] = "caller"
    needs_email: ClassVar[bool] = True
    guide: ClassVar[Guide] = JWT_GUIDE
    quota: ClassVar[tuple[int, timedelta]] = (10, timedelta(seconds=1))
    secret: str = field(default=SECRET, repr=False)

    def secret_material(self) -> bytes:
        """Return the secret."""
        return self.secret.encode()

    def version(self) -> Mapping[str, str]:
        """Return nothing."""
        return {}

    def settings(self, visitor: Visitor, token: str) -> Mapping[str, Any]:
        """Return what the page passes on."""
        return {"email": visitor.email, "token": token}

    def request(self, visitor: Visitor) -> Request:
        """Return the call."""
        return Request("POST", "https://parrot.example/", {"Authorization": self.secret})

    def read(self, reply: Reply, *, asked_at: datetime) -> IdentityToken:
        """Return the token, or say who has to act."""
        if reply.status == 429:
            raise PlatformUnavailable("later", retry_after=timedelta(seconds=7))
        if reply.status >= 500 or (reply.status == 200 and b"{" in reply.body):
            raise PlatformUnavailable("broken")
        if reply.status != 200:
            raise PlatformRefused("no")
        return IdentityToken(reply.body.decode(), expires_at=asked_at + timedelta(hours=1))


GOOD_REPLY = Reply(200, {}, b"a-token")


@pytest.mark.parametrize(
    "platform",
    [
        Parrot(),
        JwtParrot(),
        GenericHMAC(secret=SECRET, over="email"),
        GenericHMAC(secret=SECRET, extra={"to": {"email": "{email}"}}),
    ],
)
def test_a_good_platform_passes(platform: Any):
    """Nothing is asked for that a plain platform does not have."""
    check_platform(platform)


def test_a_good_caller_passes():
    """With and without an answer to read."""
    check_platform(Caller())
    check_platform(Caller(), reply=GOOD_REPLY)


def spoiled(base: Any, **changed: Any) -> Any:
    """Return *base* with some of its attributes replaced."""
    return type("Spoiled", (type(base),), changed)()


def settings(text: Any) -> Any:
    """Return a ``settings`` that hands the page *text* too."""
    return lambda self, visitor, token: {
        "hash": token,
        "more": text(visitor) if callable(text) else text,
    }


def signing(make: Any) -> Any:
    """Return a ``sign`` that makes its token from the visitor."""
    return lambda self, visitor, now: make(visitor)


def hashed(text: str | None) -> IdentityToken:
    """Return a token that is the hash of *text*."""
    return IdentityToken(hmac_sha256_hex(b"k", str(text)))


def claiming(**claims: Any) -> Any:
    """Return a ``claims`` that says *claims*, called with the visitor where they can be."""
    return lambda self, visitor: {
        name: value(visitor) if callable(value) else value for name, value in claims.items()
    }


TICKS = count()
SPOILED = [
    (spoiled(Parrot(), name="Parrot Chat"), "name must be lower-case"),
    (spoiled(Parrot(), needs_email=None), "needs_email must be True or False"),
    (spoiled(Parrot(), guide=replace(GUIDE, enforce=" ")), "guide.enforce must say"),
    (spoiled(Parrot(), guide=replace(GUIDE, logout="")), "guide.logout must say"),
    (spoiled(Parrot(), guide=replace(GUIDE, docs_url="http://x")), "guide.docs_url"),
    (spoiled(Parrot(), guide=replace(GUIDE, refresh="often")), "guide.refresh must be one"),
    (spoiled(Parrot(), guide=JWT_GUIDE), 'guide.refresh must be "never"'),
    (spoiled(Parrot(), secret_material=lambda self: b""), "secret_material"),
    (spoiled(Parrot(), __repr__=lambda self: self.secret), "its repr shows the secret"),
    (spoiled(Parrot(), version=lambda self: {"s": SECRET}), "version shows the secret"),
    (spoiled(Parrot(), version=lambda self: {"n": 1}), "version must be of texts"),
    (spoiled(Parrot(), sign=None), "it must either sign, or have request and read"),
    (spoiled(Parrot(), request=Caller.request, read=Caller.read, quota=(1, 1)), "not both"),
    (spoiled(Parrot(), sign=signing(lambda v: IdentityToken(""))), "printable text"),
    (spoiled(Parrot(), sign=signing(lambda v: IdentityToken(SECRET))), "shows the secret"),
    (spoiled(Parrot(), sign=signing(lambda v: IdentityToken("same"))), "another visitor"),
    (spoiled(Parrot(), settings=lambda self, v, t: {"id": "x"}), "must hold the token"),
    (spoiled(Parrot(), settings=settings(b"x")), "settings must be of JSON's types"),
    (spoiled(Parrot(), settings=settings(SECRET)), "settings shows the secret"),
    (spoiled(Parrot(), settings=settings(lambda v: next(TICKS))), "same each time"),
    (
        spoiled(Parrot(), settings=settings(lambda v: str(v.email).upper())),
        "settings must name the visitor's address as it is written",
    ),
    (
        spoiled(Parrot(), sign=signing(lambda v: hashed(v.email or v.user_id))),
        "must not cover an address nobody proved",
    ),
    (
        spoiled(Parrot(), sign=signing(lambda v: hashed(v.user_id or v.email))),
        "a user id that is another person's address must not be signed",
    ),
    (
        spoiled(JwtParrot(), claims=claiming(sub=lambda v: f"p_{v.user_id or v.email}")),
        "a user id that is another person's address must not be signed",
    ),
    (
        spoiled(Parrot(), needs_email=True, sign=signing(lambda v: hashed(v.user_id))),
        "needs_email is True, and yet",
    ),
    (
        spoiled(JwtParrot(), claims=claiming(sub="x", exp=1)),
        "expires_at must be what exp says",
    ),
    (spoiled(JwtParrot(), claims=claiming(sub="x", exp=None)), "must have exp"),
    (spoiled(JwtParrot(), claims=claiming(iat=int(NOW.timestamp()) + 9)), "iat must not be"),
    (
        spoiled(
            JwtParrot(), claims=claiming(sub=lambda v: v.user_id, email=lambda v: v.email)
        ),
        "a claim must say that an address is not proved",
    ),
    (
        spoiled(JwtParrot(), claims=claiming(sub=lambda v: v.user_id, mail="eve@example.com")),
        "the token must name the visitor's address",
    ),
    (
        spoiled(Caller(), request=lambda self, v: Request("GET", f"https://x/?u={v.email}")),
        "the URL must not name the visitor",
    ),
    (
        spoiled(Caller(), request=lambda self, v: Request("GET", f"https://x/{SECRET}")),
        "the URL shows the secret",
    ),
    (spoiled(Caller(), quota=(0, timedelta(seconds=1))), "quota must allow something"),
    (
        spoiled(Caller(), read=lambda self, r, asked_at: IdentityToken("t")),
        "an answer 400 without a token must be an UpstreamError",
    ),
]


@pytest.mark.parametrize(
    ("platform", "sentence"), SPOILED, ids=[sentence for _, sentence in SPOILED]
)
def test_what_is_wrong_is_said(platform: Any, sentence: str):
    """One sentence, with the platform's name."""
    with pytest.raises(AssertionError) as caught:
        check_platform(platform)
    assert sentence in str(caught.value)
    assert SECRET not in str(caught.value)


def refusing(error: Exception) -> Any:
    """Return a caller whose every answer is *error*."""

    def read(self: Any, reply: Reply, *, asked_at: datetime) -> IdentityToken:
        raise error

    return spoiled(Caller(), read=read)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PlatformRefused("it said canary@example.com"), "must not quote the answer"),
        (PlatformUnavailable("later"), "the error for 400 is retryable: False"),
    ],
)
def test_what_is_made_of_trouble_is_checked(error: Exception, sentence: str):
    """Whether waiting helps, and that nothing of the answer gets out."""
    with pytest.raises(AssertionError, match=sentence):
        check_platform(refusing(error))


def test_a_token_with_two_dots_need_not_be_a_jwt():
    """What cannot be read as one is any other text."""
    dotted = signing(lambda v: IdentityToken(f"a.b.{v.user_id}"))
    check_platform(spoiled(Parrot(), sign=dotted))


def test_the_visitor_given_must_be_one_to_vouch_for():
    """Else nothing would be checked."""
    with pytest.raises(AssertionError, match="needs a proved address"):
        check_platform(Parrot(), visitor=Visitor(user_id="7"))


def test_a_life_that_nobody_can_use_is_found():
    """Ended before it is read, or good for years."""
    for life in (timedelta(seconds=5), timedelta(days=400)):
        end = NOW.replace(microsecond=0) + life

        def sign(self: Any, visitor: Visitor, now: datetime, end: datetime = end) -> Any:
            claims = {"sub": visitor.user_id, "exp": int(end.timestamp())}
            return IdentityToken(sign_hs256(claims, SECRET), expires_at=end)

        with pytest.raises(AssertionError, match="a minute to a month"):
            check_platform(spoiled(JwtParrot(), sign=sign), visitor=ADA)
