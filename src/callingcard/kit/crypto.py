"""Sealing, keyed hashes and secret-looking strings.

Everything sealed is AES-256-GCM under a key derived for one purpose, bound to
the place where it is stored, so that a sealed value moved to another row, or
opened for another purpose, fails.

Invariant: secrets are compared with ``same_secret`` and never with ``==``.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MIN_SECRET_BYTES: Final = 32
"""The shortest secret that may sign: RFC 7518 section 3.2 asks for 256 bits with HS256."""

_NONCE_BYTES: Final = 12
_KEY_ID_BYTES: Final = 4


class Unsealable(ValueError):
    """A sealed value was changed, moved, or sealed under a key we do not have."""


def derive_key(secret: bytes, purpose: str) -> bytes:
    """Derive the 256-bit key that *secret* yields for *purpose* alone."""
    return HKDF(SHA256(), 32, salt=None, info=b"callingcard " + purpose.encode()).derive(
        secret
    )


class Sealer:
    """Seals bytes with the first key and opens them with any.

    *secrets_* are high-entropy secrets, newest first: put a new one in front to
    rotate, and drop the old one when nothing sealed under it is left.

    >>> sealer = Sealer([b"k" * 32], "example")
    >>> sealer.open(sealer.seal(b"hello", place="row 1"), place="row 1")
    b'hello'
    """

    def __init__(self, secrets_: Sequence[bytes], purpose: str) -> None:
        keys = [derive_key(secret, purpose) for secret in secrets_]
        self._ring = {
            hashlib.sha256(key).digest()[:_KEY_ID_BYTES]: AESGCM(key) for key in keys
        }
        self._first = next(iter(self._ring))

    def seal(self, plain: bytes, *, place: str) -> bytes:
        """Return *plain* encrypted and bound to *place*, the name of where it is kept."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ring[self._first].encrypt(nonce, plain, place.encode())
        return self._first + nonce + sealed

    def open(self, sealed: bytes, *, place: str) -> bytes:
        """Return what was sealed for *place*; raises Unsealable for anything else."""
        key_id, rest = sealed[:_KEY_ID_BYTES], sealed[_KEY_ID_BYTES:]
        nonce, body = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        key = self._ring.get(key_id)
        if key is None:
            raise Unsealable("sealed under a key that is not here")
        try:
            return key.decrypt(nonce, body, place.encode())
        except (InvalidTag, ValueError) as error:
            raise Unsealable("changed, or moved from where it was sealed") from error


def keyed_hash(key: bytes, text: str) -> str:
    """Return a name for *text* that nobody can trace back without *key*."""
    return hmac.digest(key, text.encode(), "sha256").hex()


def secret_hash(secret: str) -> str:
    """Return what is stored of a random 256-bit secret: enough to know it again.

    A plain hash is right for these and wrong for passwords, which are guessable.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret(prefix: str = "") -> str:
    """Return a new 256-bit secret as text, such as ``cc_sk_…``."""
    return prefix + secrets.token_urlsafe(32)


def same_secret(one: str | bytes, other: str | bytes) -> bool:
    """Compare two secrets in a time that tells nothing about them."""
    first = one.encode() if isinstance(one, str) else one
    second = other.encode() if isinstance(other, str) else other
    return hmac.compare_digest(first, second)


def weak_secret(secret: str) -> str | None:
    """Say why *secret* must not sign anything, or None when it may.

    >>> weak_secret("changeme")
    'it is 8 bytes long; a signing secret needs at least 32'
    >>> weak_secret("a" * 40)
    'it repeats a few characters'
    """
    size = len(secret.encode())
    if size < MIN_SECRET_BYTES:
        return f"it is {size} bytes long; a signing secret needs at least {MIN_SECRET_BYTES}"
    few = 8
    if len(set(secret)) < few:
        return "it repeats a few characters"
    return None
