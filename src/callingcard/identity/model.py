"""What identity is about: a visitor we vouch for, and the token that says so.

Invariant: a Visitor that exists is canonical and within the limits below, and
no repr shows a person or a credential.
Invariant: two different user ids never become one: an id is taken as it is, or refused.
"""

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias, cast

from callingcard.identity.errors import InvalidVisitor, ProofInvalid
from callingcard.kit.codec import canonical_json
from callingcard.kit.email import NotAnAddress, canonical_email

MAX_NAME: Final = 200
MAX_USER_ID: Final = 200
MAX_PROPERTIES_BYTES: Final = 4096

PropertyValue: TypeAlias = str | int | float | bool | None
_NOTHING: Final[Mapping[str, PropertyValue]] = MappingProxyType({})
_PLAIN: Final = (str, int, float, bool, type(None))
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that nobody sees: controls, joiners, marks of direction."""
_NOT_PLAIN: Final = "must map text to text, numbers, true, false or null"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person the customer's own site has already signed in.

    *email_verified* says that the site knows the address to be theirs. Raises
    InvalidVisitor when a part cannot be used.

    >>> Visitor("Ada@Example.COM", email_verified=True).email
    'ada@example.com'
    >>> Visitor("ada@example.com", first_name="Ada")
    Visitor(email_verified=False)
    """

    email: str | None = field(default=None, repr=False)
    _: KW_ONLY
    email_verified: bool = False
    user_id: str | None = field(default=None, repr=False)
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    properties: Mapping[str, PropertyValue] = field(
        default_factory=lambda: _NOTHING, repr=False, compare=False
    )
    _json: bytes = field(default=b"", init=False, repr=False)
    """The properties as JSON: true is not one there, as it is to Python."""

    def __post_init__(self) -> None:
        """Write every part in the one way it is compared, signed and cached in."""
        wrong: dict[str, str] = {}
        values: dict[str, Any] = {
            "email": _email(self.email, wrong),
            "user_id": _id(self.user_id or "", wrong) or None,
            "first_name": _name(self.first_name, "first_name", wrong),
            "last_name": _name(self.last_name, "last_name", wrong),
            "properties": _properties(self.properties, wrong),
        }
        if wrong:
            raise InvalidVisitor("The visitor cannot be used as described.", fields=wrong)
        if self.properties:
            values["_json"] = canonical_json(dict(values["properties"]))
        for name, value in values.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True)
class IdentityToken:
    """A platform's proof of who the visitor is, good until *expires_at*.

    *expires_at* is None for a proof that never expires. *refresh_at* is when the
    page should ask again. *settings* is what the page passes to the chat widget.
    """

    value: str = field(repr=False)  # a credential: keep it out of logs and tracebacks
    expires_at: datetime | None = None
    refresh_at: datetime | None = None
    settings: Mapping[str, Any] = field(
        default_factory=lambda: MappingProxyType({}), repr=False, hash=False
    )
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request brings along that may prove who is signed in.

    Names in *headers* are in lower case, and every line of the request is one entry.
    *peer* is the address of whoever is connected to us, empty when it has none.
    """

    headers: tuple[tuple[str, str], ...] = field(repr=False)
    peer: str = field(default="", repr=False)

    def header(self, name: str) -> str | None:
        """Return the header *name*, None when it is absent; given twice it is refused.

        >>> Presented((("x-a", "1"), ("x-b", " 2 "))).header("x-b")
        '2'
        """
        found = [value.strip() for each, value in self.headers if each == name]
        if len(found) > 1:
            raise ProofInvalid("a header was given twice")
        return found[0] or None if found else None

    def bearer(self) -> str | None:
        """Return the bearer token; None when there is no Authorization at all."""
        given = self.header("authorization")
        if given is None:
            return None
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise ProofInvalid("Authorization is not a bearer token")
        return token.strip()

    def cookie(self, name: str) -> str | None:
        """Return the cookie *name*, None when it is absent; given twice it is refused."""
        lines = [value for each, value in self.headers if each == "cookie"]
        pairs = [pair.strip().partition("=") for line in lines for pair in line.split(";")]
        found = [value.strip() for each, _, value in pairs if each == name]
        if len(found) > 1:
            raise ProofInvalid("a cookie was given twice")
        return found[0] or None if found else None


def _email(text: str | None, wrong: dict[str, str]) -> str | None:
    """Return the canonical address, or None when there is none."""
    if not text or not text.strip():
        return None
    try:
        return canonical_email(text)
    except NotAnAddress as error:
        wrong["email"] = str(error)
        return None


def _id(text: str, wrong: dict[str, str]) -> str:
    """Return *text* untouched; refuse what could pass for another id, or become one."""
    if len(text) > MAX_USER_ID:
        wrong["user_id"] = f"longer than {MAX_USER_ID} characters"
    elif text != text.strip():
        wrong["user_id"] = "has space before or after it"
    elif text.isascii() and text.isprintable():
        return text
    elif any(unicodedata.category(c) in _UNSEEN for c in text):
        wrong["user_id"] = "has a character that cannot be seen"
    elif not unicodedata.is_normalized("NFC", text):
        wrong["user_id"] = "is not in Unicode's composed form (NFC)"
    return text


def _name(text: str, name: str, wrong: dict[str, str]) -> str:
    """Return *text* composed and trimmed; refuse what no name has."""
    if not text or (text.isascii() and text.isprintable() and len(text) <= MAX_NAME):
        return text.strip()
    clean = unicodedata.normalize("NFC", text).strip()
    if len(clean) > MAX_NAME:
        wrong[name] = f"longer than {MAX_NAME} characters"
    elif any(unicodedata.category(c) in {"Cc", "Cs"} for c in clean):
        wrong[name] = "has a control character"
    return clean


def _properties(
    given: Mapping[str, PropertyValue], wrong: dict[str, str]
) -> Mapping[str, PropertyValue]:
    """Return a copy nobody can change, if it can be written as JSON at all."""
    if not given:
        return _NOTHING
    copy = dict(cast("Mapping[Any, Any]", given))
    if not all(isinstance(k, str) and isinstance(v, _PLAIN) for k, v in copy.items()):
        wrong["properties"] = _NOT_PLAIN
        return _NOTHING
    if any(isinstance(v, float) and not math.isfinite(v) for v in copy.values()):
        wrong["properties"] = "has a number that JSON cannot hold"
        return _NOTHING
    try:
        size = len(canonical_json(copy))
    except (TypeError, ValueError):
        wrong["properties"] = _NOT_PLAIN
        return _NOTHING
    if size > MAX_PROPERTIES_BYTES:
        wrong["properties"] = f"longer than {MAX_PROPERTIES_BYTES} bytes of JSON"
    return MappingProxyType(copy)
