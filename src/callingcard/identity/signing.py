"""Signatures as chat platforms want them: HMAC in hexadecimal, and JWTs.

Invariant: the algorithm is chosen here or by the platform's own file, never by a visitor.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import jwt

from callingcard.errors import ConfigError
from callingcard.kit.crypto import weak_secret


def hmac_sha256_hex(secret: bytes, message: str) -> str:
    """Return the HMAC-SHA256 of *message* in lower-case hexadecimal.

    >>> hmac_sha256_hex(b"Jefe", "what do ya want for nothing?")[:16]
    '5bdcc146bf60754e'
    """
    return hmac.new(secret, message.encode(), hashlib.sha256).hexdigest()


def sign_hs256(claims: Mapping[str, Any], secret: str, *, kid: str | None = None) -> str:
    """Return *claims* as a JWT signed with HS256, naming the key *kid* if given.

    >>> token = sign_hs256({"sub": "1"}, "0123456789abcdef0123456789abcdef", kid="k1")
    >>> jwt.get_unverified_header(token) == {"alg": "HS256", "kid": "k1", "typ": "JWT"}
    True
    """
    header = {"kid": kid} if kid is not None else None
    return jwt.encode(dict(claims), secret, algorithm="HS256", headers=header)


def strong_enough(secret: str, where: str) -> str:
    """Return *secret*; raises ConfigError, naming *where* it is set, if it can be guessed."""
    why = weak_secret(secret)
    if why is not None:
        raise ConfigError(
            f"The secret of {where} must not sign anything: {why}.",
            hint='Make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
    return secret
