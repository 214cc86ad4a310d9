"""How a password becomes what is stored of it: Argon2id, RFC 9106.

The parameters are that RFC's second recommended option, for machines that cannot
spare 2 GiB. The work takes tens of milliseconds of a processor on purpose, so a
server calls these functions in a thread.

Invariant: verifying takes the same work whether or not there is such a person.
"""

import base64
import secrets
import unicodedata
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

TIME_COST: Final = 3
MEMORY_KIB: Final = 64 * 1024
PARALLELISM: Final = 4
HASH_BYTES: Final = 32
SALT_BYTES: Final = 16

MIN_LENGTH: Final = 8
"""The shortest password that may be set (ASVS 6.2.1)."""

MAX_LENGTH: Final = 256
"""The longest; more is no safer and costs us work."""

_HASHER: Final = PasswordHasher(
    time_cost=TIME_COST,
    memory_cost=MEMORY_KIB,
    parallelism=PARALLELISM,
    hash_len=HASH_BYTES,
    salt_len=SALT_BYTES,
    type=Type.ID,
)


def _nobody() -> str:
    """Make a hash that no password has, of today's parameters."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        for size in (SALT_BYTES, HASH_BYTES)
    )
    return f"$argon2id$v=19$m={MEMORY_KIB},t={TIME_COST},p={PARALLELISM}${salt}${digest}"


_NOBODY: Final = _nobody()


def hash_password(password: str) -> str:
    """Return what is stored of *password*, parameters and salt included."""
    return _HASHER.hash(_bytes_of(password))


def verify_password(password: str, stored: str | None) -> bool:
    """Say whether *password* is the *stored* one; None stands for nobody's."""
    try:
        return _HASHER.verify(stored or _NOBODY, _bytes_of(password))
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Say whether *stored* was made with other parameters than today's.

    >>> outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXQ")
    True
    """
    return _HASHER.check_needs_rehash(stored)


def password_problem(password: str) -> str | None:
    """Say why *password* may not be set, or None when it may.

    >>> password_problem("short")
    'use at least 8 characters'
    """
    if len(password) < MIN_LENGTH:
        return f"use at least {MIN_LENGTH} characters"
    if len(password) > MAX_LENGTH:
        return f"use at most {MAX_LENGTH} characters"
    return None


def new_password() -> str:
    """Return a random password of 120 bits, in groups that a person can type."""
    text = base64.b32encode(secrets.token_bytes(15)).decode().lower()
    return "-".join(text[start : start + 6] for start in range(0, len(text), 6))


def _bytes_of(password: str) -> bytes:
    """Write the password one way, since keyboards differ in how they make an é."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
