"""The visitor that a signed-in account of the app stands for.

Frameworks know that somebody is signed in, and an address they typed; none of them
knows whether the address is theirs.

Invariant: an address is called verified only when the app said so.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from callingcard.identity.model import Visitor

Verified: TypeAlias = bool | Callable[[Any], object]
"""Whether the app has proved its accounts' addresses: for all of them, or asked of each."""


def visitor_of(user: Any, *, user_id: Any, email: Any, email_verified: Verified) -> Visitor:
    """Return the visitor that *user* is; raises InvalidVisitor.

    >>> visitor_of(object(), user_id=7, email="ada@example.com", email_verified=False)
    Visitor(email_verified=False)
    """
    address = str(email or "")
    is_verified = email_verified(user) if callable(email_verified) else email_verified
    return Visitor(
        address or None,
        email_verified=bool(address) and bool(is_verified),
        user_id=None if user_id is None else str(user_id),
        first_name=str(getattr(user, "first_name", None) or ""),
        last_name=str(getattr(user, "last_name", None) or ""),
    )
