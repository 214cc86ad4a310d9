"""Signatures as chat platforms want them, and the checks that every platform shares.

A platform's file says what is signed; here is how. Secrets that a vendor made are
taken as they are, since nobody can lengthen them; keys that we make must be strong.

Invariant: the algorithm is chosen here or by the platform's own file, never by a visitor.
"""

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

from callingcard.errors import ConfigError
from callingcard.identity.errors import InvalidVisitor
from callingcard.identity.model import Visitor
from callingcard.kit.codec import base64url
from callingcard.kit.crypto import weak_secret
from callingcard.kit.email import NotAnAddress, canonical_email

KeyEncoding: TypeAlias = Literal["utf8", "hex", "base64"]
"""How the text of a secret stands for the bytes of the key."""

LIFETIME: Final = 3600
"""Seconds that a JWT is good for, where the vendor lets us choose."""
_SHORTEST: Final = 600
_LONGEST: Final = 86_400

_log = logging.getLogger("callingcard.identity")


def hmac_sha256_hex(secret: bytes, message: str) -> str:
    """Return the HMAC-SHA256 of *message* in lower-case hexadecimal.

    >>> hmac_sha256_hex(b"Jefe", "what do ya want for nothing?")[:16]
    '5bdcc146bf60754e'
    """
    return hmac.new(secret, message.encode(), hashlib.sha256).hexdigest()


def jwt_input(header: Mapping[str, str], claims: Mapping[str, Any]) -> bytes:
    """Return what the signature of a JWT covers, members in the order given.

    The JSON is ASCII: several widgets read the claims with ``atob``, which spoils any
    other letter.

    >>> jwt_input({"alg": "HS256"}, {"name": "Zoë"})
    b'eyJhbGciOiJIUzI1NiJ9.eyJuYW1lIjoiWm9cdTAwZWIifQ'
    """
    parts = (json.dumps(dict(part), separators=(",", ":")) for part in (header, claims))
    return ".".join(base64url(part.encode()) for part in parts).encode()


def sign_hs256(claims: Mapping[str, Any], secret: str, *, kid: str | None = None) -> str:
    """Return *claims* as a JWT signed with HS256, naming the key *kid* if given.

    >>> token = sign_hs256({"sub": "1"}, "0123456789abcdef0123456789abcdef", kid="k1")
    >>> import jwt
    >>> jwt.get_unverified_header(token)
    {'alg': 'HS256', 'typ': 'JWT', 'kid': 'k1'}
    """
    header = {"alg": "HS256", "typ": "JWT", **({"kid": kid} if kid else {})}
    covered = jwt_input(header, claims)
    return f"{covered.decode()}.{base64url(hmac.digest(secret.encode(), covered, 'sha256'))}"


def strong_enough(secret: str, where: str) -> str:
    """Return *secret*; raises ConfigError, naming *where* it is set, if it can be guessed."""
    why = weak_secret(secret)
    if why is not None:
        raise ConfigError(
            f"The secret of {where} must not sign anything: {why}.",
            hint='Make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
    return secret


def vendor_secret(secret: str, where: str) -> str:
    """Return *secret*, which the vendor made; raises ConfigError if it cannot be one.

    A weak one is only warned of: the vendor alone can make it longer.
    """
    text = setting(secret, where)
    why = weak_secret(text)
    if why is not None:
        _log.warning("%s is weak: %s; ask the vendor for a new one", where, why)
    return text


def setting(value: str, where: str) -> str:
    """Return *value*; raises ConfigError, naming *where* it is set, if it is no plain text."""
    if not isinstance(value, str) or not value:  # pyright: ignore[reportUnnecessaryIsInstance]  (from TOML)
        raise ConfigError(f"{where} is missing or no text.", hint="Copy it from the vendor.")
    if value != value.strip() or not value.isprintable():
        raise ConfigError(
            f"{where} has a space or a line's end around it, or a control character.",
            hint="Copy it again, without what is before and after.",
        )
    return value


def key_bytes(secret: str, encoding: KeyEncoding, where: str) -> bytes:
    r"""Return the key that *secret* stands for; raises ConfigError, naming *where* it is set.

    >>> key_bytes("0aff", "hex", "the secret")
    b'\n\xff'
    """
    try:
        match encoding:
            case "utf8":
                return secret.encode()
            case "hex":
                return bytes.fromhex(secret)
            case "base64":
                return base64.b64decode(secret, validate=True)
    except ValueError:
        raise ConfigError(
            f"{where} is not {encoding}.", hint="Copy it again, whole."
        ) from None


def lifetime(seconds: int, where: str) -> timedelta:
    """Return how long a JWT is good for; raises ConfigError, naming *where* it is set.

    Shorter than ten minutes would be renewed without end; longer than a day outlives
    the session that it speaks for.
    """
    if type(seconds) is not int or not _SHORTEST <= seconds <= _LONGEST:
        raise ConfigError(
            f"{where} must be a whole number of seconds, {_SHORTEST} to {_LONGEST}."
        )
    return timedelta(seconds=seconds)


def whole_seconds(now: datetime) -> datetime:
    """Return *now* rounded down, so that we never promise more than the token says."""
    return now.replace(microsecond=0)


def needed(visitor: Visitor, field: Literal["email", "user_id"]) -> str:
    """Return the visitor's address or user id; raises InvalidVisitor without one."""
    value = visitor.email if field == "email" else visitor.user_id
    if value is None:
        what = "e-mail address" if field == "email" else "user id"
        raise InvalidVisitor(
            f"This platform knows visitors by their {what}.",
            fields={field: "is needed for this platform"},
        )
    return value


def subject(visitor: Visitor, *, claims: bool = False) -> str:
    """Return what stands for *visitor* where an id and an address look the same.

    It is the user id or, without one, the proved address; with *claims* any address, where
    the issuer has let it through. Raises InvalidVisitor when there is neither, and for an
    id that is somebody else's address: signed, it would vouch for that person.

    >>> subject(Visitor("ada@example.com", email_verified=True))
    'ada@example.com'
    """
    if visitor.user_id is None:
        field = "email" if claims else "user_id"
        return proved_email(visitor) or needed(visitor, field)
    try:
        address = canonical_email(visitor.user_id)
    except NotAnAddress:
        return visitor.user_id
    if address != proved_email(visitor):
        raise InvalidVisitor(
            "This platform cannot tell such a user id from an e-mail address.",
            fields={"user_id": "looks like another person's address"},
            hint="Give ids that are no addresses, or the same address as a proved one.",
        )
    return visitor.user_id


def proved_email(visitor: Visitor) -> str | None:
    """Return the address if the site knows it to be theirs: where a user id is enough."""
    return visitor.email if visitor.email_verified else None


def full_name(visitor: Visitor) -> str:
    """Return both names as one, empty when there is none.

    >>> full_name(Visitor("a@example.com", first_name="Ada", last_name="Lovelace"))
    'Ada Lovelace'
    """
    return f"{visitor.first_name} {visitor.last_name}".strip()


def given(**members: Any) -> dict[str, Any]:
    """Return *members* without those that are None or empty text.

    >>> given(name="", email=None, verified=False)
    {'verified': False}
    """
    return {
        name: value for name, value in members.items() if value is not None and value != ""
    }
