"""What the body of a request may add to a visitor whom a proof has named.

Invariant: the address is the proof's. Of the page's own words only those properties count
that the site's platform asks a page for, and never over one that the proof has.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from callingcard.identity.errors import EmailMismatch, InvalidVisitor
from callingcard.identity.model import PropertyValue, Visitor
from callingcard.kit.email import NotAnAddress, canonical_email

MAX_LETTERS: Final = 200
"""How long such a property may be."""


def check_email(visitor: Visitor, said: str | None) -> None:
    """Raise EmailMismatch when the page *said* another address than the proof's."""
    if said is None:
        return
    try:
        same = canonical_email(said) == visitor.email
    except NotAnAddress:
        same = False
    if not same:
        raise EmailMismatch


def with_page(
    visitor: Visitor, said: Mapping[str, PropertyValue], names: tuple[str, ...]
) -> Visitor:
    """Return *visitor* with the properties *names* of what the page *said*.

    The rest of it is ignored. Raises InvalidVisitor for one that is no short text.
    """
    found = {name: said[name] for name in names if name in said}
    wrong = {
        f"properties.{name}": f"must be text of at most {MAX_LETTERS} characters"
        for name, value in found.items()
        if not isinstance(value, str) or len(value) > MAX_LETTERS
    }
    if wrong:
        raise InvalidVisitor("The page says what cannot be used.", fields=wrong)
    return replace(visitor, properties={**found, **visitor.properties}) if found else visitor
