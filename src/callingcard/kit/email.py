"""One way to write an e-mail address, so that one mailbox has one name.

The domain is lower-cased and written in ASCII, the local part is NFC and, as
every mailbox provider of note treats it so, lower-cased where it is ASCII.
Dots and +tags are never folded: they can be different mailboxes.

Invariant: two addresses that can be delivered to two mailboxes never get one name.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

MAX_LENGTH: Final = 254
_PLAIN: Final = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\Z"
)


class NotAnAddress(ValueError):
    """The text is no e-mail address; the message says why, without quoting it."""


@lru_cache(maxsize=4096)
def canonical_email(text: str) -> str:
    """Return the one way to write the address *text*; raises NotAnAddress.

    >>> canonical_email(" Ada.B+chat@Example.COM ")
    'ada.b+chat@example.com'
    """
    if any(not c.isascii() and unicodedata.normalize("NFC", c).isascii() for c in text):
        raise NotAnAddress("a letter that turns into a plain one when it is composed")
    address = unicodedata.normalize("NFC", text.strip())
    if len(address) > MAX_LENGTH:
        raise NotAnAddress("longer than 254 characters")
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        raise NotAnAddress("not of the form name@domain")
    return f"{_canonical_local(local)}@{_canonical_domain(domain)}"


def _canonical_local(local: str) -> str:
    """Fold ASCII case only: other scripts have letters whose lower case is two letters."""
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise NotAnAddress("a dot in a place where none may be")
    folded = "".join(c.lower() if c.isascii() else c for c in local)
    ascii_part = "".join(c if c.isascii() else "x" for c in folded)
    if not _PLAIN.match(f"{ascii_part}@example.com"):
        raise NotAnAddress("a character that an address cannot have before the @")
    if any(not c.isascii() and not (c.isalnum() or unicodedata.combining(c)) for c in folded):
        raise NotAnAddress("a character that an address cannot have before the @")
    return folded


def _canonical_domain(domain: str) -> str:
    """Write the domain in lower-case ASCII, internationalised labels as xn--."""
    try:
        plain = domain.lower() if domain.isascii() else _to_ascii(domain)
    except UnicodeError as error:
        raise NotAnAddress("a domain that cannot be written in ASCII") from error
    if not _PLAIN.match(f"a@{plain}"):
        raise NotAnAddress("not a domain after the @")
    return plain


def _to_ascii(domain: str) -> str:
    """Encode an internationalised domain, refusing names that do not survive the trip.

    A letter that turns into another on the way (a full-width dot, a sharp s) would
    give one name to two mailboxes.
    """
    encoded = domain.encode("idna").decode("ascii").lower()
    lowered = "".join(c.lower() for c in domain)
    if encoded.encode("ascii").decode("idna") != lowered:
        raise NotAnAddress("a domain with characters that change meaning in ASCII")
    return encoded
