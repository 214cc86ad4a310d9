"""Where sealed secrets are, and the keys that seal them; both hold nothing in plain.

Invariant: whoever writes a record under a data key learns when that key is gone, so
that a rotation beside it never leaves a record that nobody can open.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

from callingcard.functions.model.secrets import DataKey, SealedRecord

SecretUses: TypeAlias = Callable[[], Awaitable[Mapping[str, Sequence[str]]]]
"""Returns, by secret, what uses it, such as ``connector hubspot``."""


class DataKeyGone(Exception):
    """What was to be written is sealed under a data key that was rotated away meanwhile."""


class KeyStore(Protocol):
    """Keeps the data keys, each wrapped."""

    async def keys(self) -> Sequence[DataKey]:
        """Return every data key, the newest first."""
        ...

    async def add_key(self, key: DataKey) -> bool:
        """Keep *key*; False when another has its number."""
        ...

    async def rewrap(self, key: DataKey, *, was: bytes) -> bool:
        """Keep *key* wrapped anew; False when it is not wrapped as it *was* any more."""
        ...

    async def drop_unused(self, *, before: int) -> int:
        """Remove the keys below number *before* that seal nothing; return how many."""
        ...


class SecretStore(Protocol):
    """Keeps the sealed secrets."""

    async def get(self, name: str) -> SealedRecord | None:
        """Return the secret of this name; also None where no secret was ever kept."""
        ...

    async def all(self) -> Sequence[SealedRecord]:
        """Return every secret, by name."""
        ...

    async def put(self, record: SealedRecord, *, was: SealedRecord | None) -> bool:
        """Keep *record* in place of *was*; False when something else is there.

        Raises DataKeyGone.
        """
        ...

    async def delete(self, name: str) -> bool:
        """Remove the secret; say whether there was one."""
        ...
