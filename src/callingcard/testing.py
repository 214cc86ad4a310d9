"""What the author of a platform tests it with: the contract, as one function.

    def test_my_platform():
        check_platform(MyPlatform(secret="…"))

``check_platform`` looks at a platform only from outside, as the issuers use it. It
raises AssertionError with a sentence that says what does not hold.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast, get_args, get_type_hints

from callingcard.errors import RequestError, UpstreamError
from callingcard.identity.guide import Guide
from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.ports import CallingPlatform, Platform, SigningPlatform
from callingcard.identity.service.issuing import admitted
from callingcard.kit.clock import FakeClock
from callingcard.kit.codec import parse_json_object, unbase64url
from callingcard.kit.wire import Reply

__all__ = ["FakeClock", "check_platform"]

NOW: Final = datetime(2030, 1, 1, 12, 0, 0, 700_000, tzinfo=UTC)
ADA: Final = Visitor(
    "Ada.L+chat@Example.COM",
    email_verified=True,
    user_id="u-42",
    first_name="Zoë",
    last_name="O'Hara </b>",
)
_SOMEBODY: Final = "somebody.else@example.org"
_SHORTEST: Final = timedelta(minutes=1)
_LONGEST: Final = timedelta(days=31)
_NAME: Final = re.compile(r"[a-z][a-z0-9-]*\Z")
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_TEXTS: Final = ("title", "where", "snippet", "logout", "enforce", "failure")
_JWT_PARTS: Final = 3
_TELLING: Final = 8
"""A secret shorter than this is found everywhere by chance."""


def check_platform(
    platform: Platform, *, visitor: Visitor | None = None, reply: Reply | None = None
) -> None:
    """Check that *platform* keeps the contract of platforms; raises AssertionError.

    *visitor* is somebody it can vouch for, with a proved address and a user id; give one
    when the platform needs properties. *reply* is a good answer of the vendor's, for a
    platform that calls; without one its answers and settings are not looked at.
    """
    who = visitor or ADA
    must = _Must(platform)
    must(who.email is not None and who.email_verified, "the visitor needs a proved address")
    _check_face(platform, must)
    calls, signs = isinstance(platform, CallingPlatform), isinstance(platform, SigningPlatform)
    must(calls != signs, "it must either sign, or have request and read; not both")
    if isinstance(platform, SigningPlatform):
        _check_signing(platform, who, must)
    elif isinstance(platform, CallingPlatform):
        _check_calling(platform, who, must)
        if reply is not None:
            _check_token(platform, who, platform.read(reply, asked_at=NOW), must)


class _Must:
    """Raises for what does not hold of one platform."""

    def __init__(self, platform: Platform) -> None:
        self._who = getattr(platform, "name", None) or type(platform).__name__
        material = platform.secret_material()
        self(bool(material), "secret_material must be bytes, and not empty")
        forms = {
            material.decode(errors="replace"),
            material.hex(),
            base64.b64encode(material).decode(),
        }
        self._secrets = [form for form in forms if len(form) >= _TELLING]

    def __call__(self, holds: bool, otherwise: str) -> None:  # noqa: FBT001
        """Raise AssertionError with the sentence *otherwise* unless it *holds*."""
        if not holds:
            raise AssertionError(f"{self._who}: {otherwise}")

    def hide(self, text: str, where: str) -> None:
        """Raise when *text* shows the secret."""
        self(not any(secret in text for secret in self._secrets), f"{where} shows the secret")


def _check_face(platform: Platform, must: _Must) -> None:
    """Check what is there before anybody asks: name, guide, repr, version."""
    must(
        bool(_NAME.match(platform.name)),
        "name must be lower-case letters, digits and dashes",
    )
    must(type(platform.needs_email) is bool, "needs_email must be True or False")
    guide = platform.guide
    for part in _TEXTS:
        must(bool(getattr(guide, part).strip()), f"guide.{part} must say something")
    must(guide.docs_url.startswith("https://"), "guide.docs_url must be an https:// address")
    refreshes = get_args(get_type_hints(Guide)["refresh"])
    must(guide.refresh in refreshes, f"guide.refresh must be one of {', '.join(refreshes)}")
    must.hide(f"{platform!r}{platform}", "its repr")
    version = dict(platform.version())
    must.hide(_json(version, must, "version"), "version")
    must({type(part) for part in version.values()} <= {str}, "version must be of texts")
    must(version == dict(platform.version()), "version must be the same each time")


def _check_signing(platform: SigningPlatform, who: Visitor, must: _Must) -> None:
    """Check a platform that signs: the token, whom it names, and whom it must not."""
    token = platform.sign(who, NOW)
    _check_token(platform, who, token, must)
    other = replace(who, email="other@example.org", user_id="u-43")
    must(
        platform.sign(other, NOW).value != token.value,
        "another visitor must get another token",
    )
    must(
        token.expires_at is not None or platform.guide.refresh == "never",
        'guide.refresh must be "never" when tokens do not expire',
    )
    if not platform.needs_email:
        _check_unproved(platform, replace(who, email_verified=False), must)
    _check_likeness(platform, who, must)
    _check_refusals(platform, who, must)


def _check_token(
    platform: Platform, who: Visitor, token: IdentityToken, must: _Must
) -> Mapping[str, Any]:
    """Check a token and what the page is handed with it; return the settings."""
    must(bool(token.value) and token.value.isprintable(), "a token must be printable text")
    must.hide(token.value, "the token")
    must(token.value not in repr(token), "a token's repr must not show it")
    if token.expires_at is not None:
        must(token.expires_at.tzinfo is not None, "expires_at must have a time zone")
        life = token.expires_at - NOW
        must(
            _SHORTEST <= life <= _LONGEST, "a token must live a minute to a month, or for ever"
        )
    claims = _claims(token.value)
    if claims is not None:
        _check_claims(claims, token, must)
    settings = platform.settings(who, token.value)
    text = _json(settings, must, "settings")
    must(
        text == _json(platform.settings(who, token.value), must, "settings"),
        "settings must be the same each time",
    )
    must.hide(text, "settings")
    must(_holds(settings, token.value), "settings must hold the token")
    for where, part in (("settings", settings), ("the token", claims or {})):
        found = [address for leaf in _leaves(part) for address in _ADDRESS.findall(leaf)]
        must(
            all(address.endswith(str(who.email)) for address in found),
            f"{where} must name the visitor's address as it is written in the visitor",
        )
    return settings


def _check_claims(claims: Mapping[str, Any], token: IdentityToken, must: _Must) -> None:
    """Check that the times of a JWT are those that the page is told."""
    exp, iat = claims.get("exp"), claims.get("iat", 0)
    if token.expires_at is None:
        must(exp is None, "a JWT with exp must have expires_at")
        return
    must(isinstance(exp, int), "a token with expires_at must have exp, in whole seconds")
    ahead = cast("int", exp) - token.expires_at.timestamp()
    must(0 <= ahead <= 1, "expires_at must be what exp says")
    must(iat <= NOW.timestamp(), "iat must not be in the future")


def _check_unproved(platform: SigningPlatform, who: Visitor, must: _Must) -> None:
    """Check that an address nobody proved is not vouched for, where a user id is enough."""
    try:
        bare = admitted(who, platform, allow_unverified=False)
        plain = platform.sign(bare, NOW)
    except RequestError:
        return  # it needs an address after all, and says so
    text = _json(platform.settings(bare, plain.value), must, "settings")
    must(str(who.email) not in text, "settings must not name an address that it was not given")
    token = platform.sign(who, NOW)
    claims = _claims(token.value)
    if claims is None:
        must(token.value == plain.value, "a hash must not cover an address nobody proved")
    elif str(who.email) in _leaves(claims):
        must(
            claims.get("email_verified") is False,
            "a claim must say that an address is not proved, or leave it out",
        )


def _check_likeness(platform: SigningPlatform, who: Visitor, must: _Must) -> None:
    """Check that a user id which is somebody's address does not vouch for that somebody."""
    owner = replace(who, email=_SOMEBODY, user_id=None)
    try:
        likeness = platform.sign(replace(who, user_id=_SOMEBODY), NOW).value
        theirs = platform.sign(owner, NOW).value
    except RequestError:
        return  # it takes no such id, or tells people apart by their ids alone
    mine = _places(_claims(likeness) or {}, _SOMEBODY)
    must(
        likeness != theirs and not mine & _places(_claims(theirs) or {}, _SOMEBODY),
        "a user id that is another person's address must not be signed as that address",
    )


def _check_refusals(platform: SigningPlatform, who: Visitor, must: _Must) -> None:
    """Check that a visitor who lacks what is needed is refused, and not by accident."""
    for lacking in (
        replace(who, email=None, email_verified=False),
        replace(who, user_id=None),
    ):
        try:
            token = platform.sign(lacking, NOW)
        except RequestError as error:
            said = f"{error.message}{error.hint}"
            must(str(who.email) not in said, "a refusal must not quote the visitor")
            must.hide(said, "a refusal")
        else:
            _check_token(platform, lacking, token, must)
            must(
                lacking.email is not None or not platform.needs_email,
                "needs_email is True, and yet it vouches for somebody without an address",
            )


def _check_calling(platform: CallingPlatform, who: Visitor, must: _Must) -> None:
    """Check a platform that calls: what it sends, and what it makes of trouble."""
    calls, within = platform.quota
    must(calls > 0 and within > timedelta(0), "quota must allow something")
    request = platform.request(who)
    must(request.url.startswith(("https://", "http://")), "request must go to an http(s) URL")
    must.hide(request.url, "the URL")
    must(str(who.email) not in request.url, "the URL must not name the visitor")
    must.hide(repr(request), "a request's repr")
    for status in (400, 401, 403, 404, 429, 500, 503, 200):
        _check_trouble(platform, status, must)


def _check_trouble(platform: CallingPlatform, status: int, must: _Must) -> None:
    """Check that an answer without a token is an error that quotes nothing of it."""
    reply = Reply(status, {"retry-after": "7"}, b'{"message": "canary@example.com"}')
    try:
        platform.read(reply, asked_at=NOW)
    except UpstreamError as error:
        said = f"{error.message}{error.hint}"
        must("canary" not in said, f"the error for {status} must not quote the answer")
        later = status in {200, 429, 500, 503}
        must(error.retryable == later, f"the error for {status} is retryable: {later}")
        if status == 429:  # noqa: PLR2004
            wait = error.retry_after
            must(wait == timedelta(seconds=7), "Retry-After must be passed on")
        return
    must(holds=False, otherwise=f"an answer {status} without a token must be an UpstreamError")


def _claims(token: str) -> Mapping[str, Any] | None:
    """Return the claims when *token* is a JWT; else None."""
    parts = token.split(".")
    if len(parts) != _JWT_PARTS:
        return None
    try:
        return parse_json_object(unbase64url(parts[1]))
    except ValueError:
        return None


def _holds(settings: Mapping[str, Any], token: str) -> bool:
    """Say whether *token*, or the members of the JSON object that it is, are in *settings*."""
    held = set(_leaves(settings))
    if any(token in text for text in held):  # some want a word before it
        return True
    try:
        return set(_leaves(parse_json_object(token))) <= held
    except ValueError:
        return False


def _leaves(value: Any) -> Iterator[str]:
    """Yield every text in *value*, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in cast("Mapping[str, Any]", value).values():
            yield from _leaves(inner)
    elif isinstance(value, Sequence):
        for inner in cast("Sequence[Any]", value):
            yield from _leaves(inner)


def _places(value: Any, text: str, at: str = "") -> set[str]:
    """Return where in *value*, however deep, a text ends with *text*."""
    if isinstance(value, str):
        return {at} if value.endswith(text) else set()
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value).items()
    elif isinstance(value, Sequence):
        members = enumerate(cast("Sequence[Any]", value))
    else:
        return set()
    return {place for name, inner in members for place in _places(inner, text, f"{at}.{name}")}


def _json(value: Mapping[str, Any], must: _Must, what: str) -> str:
    """Return *value* as JSON, as it travels to the page."""
    try:
        return json.dumps(dict(value), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        must(holds=False, otherwise=f"{what} must be of JSON's types")
        raise
