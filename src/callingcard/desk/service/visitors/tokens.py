"""Reads the visitors' tokens: JWTs, of the desk's own making or of a customer's.

What a token says is believed only after its signature is checked with the one
algorithm that its key is for. PyJWT checks signatures; times and names are
checked here, against the clock that the caller gives.

Invariant: everything that is not plainly right raises BadToken, and nothing else.
"""

import hashlib
import json
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import jwt

from callingcard.desk.model.contacts import Person
from callingcard.desk.model.evidence import Evidence
from callingcard.desk.model.visitors import Proof
from callingcard.kit.codec import parse_json_object, unbase64url
from callingcard.kit.email import NotAnAddress, canonical_email

MAX_BYTES: Final = 8192
LIFETIME: Final = timedelta(hours=12)
ALGORITHMS: Final = frozenset({"HS256", "RS256", "ES256", "EdDSA"})
PROPERTIES: Final = frozenset(
    {
        "address", "city", "company", "country", "hs_language", "industry",
        "jobtitle", "lifecyclestage", "mobilephone", "phone", "plan", "state",
        "website", "zip",
    }
)  # fmt: skip
"""What a customer may state about a visitor unless the inbox says otherwise."""

MAX_PROPS_BYTES: Final = 4096
"""The most that is stated about a visitor; of more, nothing is kept."""

STAGES: Final = frozenset(
    {
        "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity",
        "customer", "evangelist", "other",
    }
)  # fmt: skip

_LEEWAY: Final = timedelta(seconds=30)
_MAX_NAME: Final = 200
_MAX_VALUE: Final = 1000
_SEGMENTS: Final = 3
_LATEST: Final = 2**40


class BadToken(ValueError):
    """The token proves nothing; the message says why, for a developer's log."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a token says of itself before anything of it is believed."""

    type: str | None
    kid: str
    algorithm: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key, the one algorithm it is for, and what its tokens must say."""

    secret: bytes
    algorithm: str
    audience: str
    signed_by: str
    issuer: str | None = None
    kid: str | None = None
    props: Collection[str] = PROPERTIES
    """The properties that it may state; others are dropped."""


FindKey = Callable[[Header], Key | None]


def read_token(token: str, find_key: FindKey, now: datetime) -> Proof:
    """Return what *token* proves at *now*; raises BadToken."""
    header = _header(token)
    key = find_key(header)
    if key is None:
        raise BadToken("signed with a key that is not here")
    if header.algorithm != key.algorithm or key.algorithm not in ALGORITHMS:
        raise BadToken("of another algorithm than its key is for")
    try:
        payload = jwt.PyJWS().decode(token, key.secret, algorithms=[key.algorithm])
        claims = parse_json_object(payload)
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise BadToken("the signature does not hold") from error
    _check_addressee(claims, key)
    return Proof(
        person=_person(claims, key.props),
        evidence=Evidence.CLAIMED if _is_claim(claims) else Evidence.SIGNED,
        signed_by=key.signed_by,
        expires_at=_check_times(claims, now),
        fingerprint=fingerprint(token),
        kid=key.kid,
    )


def fingerprint(token: str) -> str:
    """Return what is kept of a token to know it again.

    The signature is left out: with some algorithms anybody can write a second valid
    one for the same text, and so bring a spent token back.
    """
    return hashlib.sha256(token.rpartition(".")[0].encode()).hexdigest()


def _header(token: str) -> Header:
    """Read the header, refusing whatever a plain signed token does not have."""
    if len(token) > MAX_BYTES or not token.isascii():
        raise BadToken("longer than a token is")
    segments = token.split(".")
    if len(segments) != _SEGMENTS:
        raise BadToken("not of three parts")
    try:
        # All three are decoded strictly: one token must not have two spellings.
        decoded = [unbase64url(part) for part in segments]
        header = parse_json_object(decoded[0])
    except ValueError as error:
        raise BadToken("not readable") from error
    kind, kid, algorithm = header.get("typ"), header.get("kid"), header.get("alg")
    if "crit" in header or not isinstance(kid, str) or not isinstance(algorithm, str):
        raise BadToken("a header that asks for what we do not do")
    if kind is not None and not isinstance(kind, str):
        raise BadToken("a header that asks for what we do not do")
    return Header(type=kind, kid=kid, algorithm=algorithm)


def _check_addressee(claims: Mapping[str, Any], key: Key) -> None:
    audience: Any = claims.get("aud")
    if audience != key.audience and not (
        isinstance(audience, list) and key.audience in audience
    ):
        raise BadToken("meant for somebody else")
    if key.issuer is not None and claims.get("iss") != key.issuer:
        raise BadToken("made by somebody else")


def _check_times(claims: Mapping[str, Any], now: datetime) -> datetime:
    """Return the end of a token that is alive at *now* and does not live too long."""
    expires = _moment(claims, "exp")
    if expires is None:
        raise BadToken("without an end")
    issued = _moment(claims, "iat")
    begins = _moment(claims, "nbf")
    if expires <= now - _LEEWAY:
        raise BadToken("past its end")
    if any(start is not None and start > now + _LEEWAY for start in (issued, begins)):
        raise BadToken("from the future")
    born = now + _LEEWAY if issued is None else issued
    if expires - born > LIFETIME:
        raise BadToken("living longer than 12 hours")
    return expires


def _moment(claims: Mapping[str, Any], name: str) -> datetime | None:
    """Read a claim that is a number of seconds since 1970."""
    value: object = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadToken(f"{name} is not a number")
    if not math.isfinite(value) or not 0 <= value < _LATEST:
        raise BadToken(f"{name} is not a time")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise BadToken(f"{name} is not a time") from error


def _is_claim(claims: Mapping[str, Any]) -> bool:
    """Say whether the issuer passes on an address that nobody proved to it."""
    stated: object = claims.get("email_verified", True)
    if isinstance(stated, bool):
        return not stated
    if stated not in ("true", "false"):
        raise BadToken("email_verified is neither true nor false")
    return stated == "false"


def _person(claims: Mapping[str, Any], props: Collection[str]) -> Person:
    """Return whom the claims name: an address, or the customer's id."""
    email, subject = claims.get("email"), claims.get("sub")
    address = _address(email) if email is not None else None
    if subject is not None and not _is_id(subject):
        raise BadToken("sub is not an id")
    if address is None and subject is None:
        raise BadToken("naming nobody")
    return Person(
        email=address,
        external_id=subject,
        first_name=_name(claims.get("given_name")),
        last_name=_name(claims.get("family_name")),
        properties=_properties(claims.get("props"), props),
    )


def _address(value: object) -> str:
    if not isinstance(value, str):
        raise BadToken("email is not text")
    try:
        return canonical_email(value)
    except NotAnAddress as error:
        raise BadToken("email is not an address") from error


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_NAME and value.isprintable()


def _name(value: object) -> str:
    """Return a name without what could forge a line, or nothing."""
    return clean(value, _MAX_NAME) if isinstance(value, str) else ""


def clean(text: str, most: int) -> str:
    r"""Return *text* without control characters, at most *most* characters of it.

    >>> clean(" Ada\x00\u2028 Lovelace ", 7)
    'Ada Lov'
    """
    return "".join(c for c in text if c.isprintable()).strip()[:most].strip()


def _size(stated: Any) -> int:
    """Return how many bytes *stated* is in JSON; half a letter counts as well."""
    text = json.dumps(stated, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode(errors="surrogatepass"))


def _properties(stated: Any, allowed: Collection[str]) -> dict[str, str]:
    """Return the stated properties that are on the list and have a text for a value."""
    if not isinstance(stated, dict) or _size(stated) > MAX_PROPS_BYTES:
        return {}
    kept = {
        name: clean(text, _MAX_VALUE)
        for name, text in cast("dict[str, Any]", stated).items()
        if name in allowed and isinstance(text, str)
    }
    if kept.get("lifecyclestage", "lead") not in STAGES:
        del kept["lifecyclestage"]
    return {name: text for name, text in kept.items() if text}
