"""Secrets as everybody but the sealed store sees them: by name, and never by value."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from callingcard.errors import ConfigError, Conflict, Invalid, NotFound

SECRET_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}\Z")
"""Upper case only, as environment variables are called: one secret has one spelling."""

MAX_SECRET_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """One secret as it is kept; it opens under its own name, version and data key only."""

    name: str
    version: int
    """1, 2, 3 … in the order of values."""
    data_key: int
    sealed: bytes = field(repr=False)
    set_at: datetime
    set_by: str
    """``agent ID``, ``key ID``, ``command line`` or ``connector NAME``."""

    @property
    def place(self) -> str:
        """The name of where it is kept, to which it is sealed."""
        return f"functions_secrets/{self.name}/{self.version}"


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key that seals, wrapped by one of the server's own."""

    number: int
    """1, 2, 3 … in the order of rotations; the highest seals what is new."""
    wrapped: bytes = field(repr=False)
    made_at: datetime

    @property
    def place(self) -> str:
        """The name of where it is kept, to which it is sealed."""
        return f"functions_data_keys/{self.number}"


@dataclass(frozen=True, slots=True)
class SecretShown:
    """What may be told of a secret."""

    name: str
    set_at: datetime
    set_by: str
    used_by: tuple[str, ...] = ()
    """Such as ``connector hubspot``."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation came to."""

    resealed: int = 0
    """How many records were sealed anew, secrets and what functions remember."""
    unreadable: tuple[str, ...] = ()
    """The secrets that nobody can open, and so cannot seal anew."""
    lost: int = 0
    """How many other records nobody can open."""
    old_keys_free: bool = True
    """Whether no data key needs an older server key any more."""


class UnknownSecret(NotFound):
    """There is no secret of this name."""

    code = "functions.unknown_secret"


class SecretInUse(Conflict):
    """Something still needs the secret, so it is not deleted."""

    code = "functions.secret_in_use"


class SecretUnreadable(ConfigError):
    """A secret is there and cannot be opened: its record or the server's key was changed."""

    code = "functions.secret_unreadable"


class SecretRefused(Invalid):
    """A secret cannot be called this, or cannot hold this."""

    code = "functions.secret_refused"


def check_secret_name(name: str) -> None:
    """Raise SecretRefused for what no secret can be called."""
    if not SECRET_NAME.match(name):
        raise _refused(
            "name", "use 1 to 64 capital letters, digits and _, beginning with a letter"
        )


def check_secret_value(value: str) -> None:
    """Raise SecretRefused for what no secret can hold; the value is not repeated."""
    if not value:
        raise _refused("value", "give a value; it is empty")
    if "\0" in value:
        raise _refused("value", "a value cannot hold a NUL character")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise _refused("value", "the value is not valid text") from None
    if size > MAX_SECRET_BYTES:
        raise _refused("value", "a value has at most 64 KiB")


def _refused(where: str, why: str) -> SecretRefused:
    fields: Mapping[str, str] = {where: why}
    return SecretRefused(f"The secret cannot be set like this: {why}.", fields=fields)
