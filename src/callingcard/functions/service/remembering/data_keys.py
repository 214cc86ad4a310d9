"""The keys that seal what functions keep, and how they are changed while all goes on.

Two layers: each record is sealed with a *data key*, and data keys are kept wrapped by
the server's own secrets. So a new server secret costs a few rows, and a new data key
seals every record anew, one by one, while readers go on: a record says which key it is
under. Whatever is interrupted is finished by doing it again.

Invariant: a data key is removed only when nothing is sealed under it; the store refuses.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from callingcard.functions.model.secrets import DataKey
from callingcard.functions.ports.secrets import DataKeyGone, KeyStore
from callingcard.kit.clock import Clock
from callingcard.kit.crypto import Sealer, Unsealable

_LOOK_EVERY: Final = timedelta(seconds=5)
"""How long a node may seal under a key after another node made a newer one."""

_KEY_BYTES: Final = 32
_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Ring:
    """The data keys of one moment, unwrapped: seals and opens without asking anybody."""

    newest: int
    _sealers: Mapping[int, Sealer] = field(repr=False)
    lost: frozenset[int] = frozenset()
    """Keys that are there, wrapped by a server key that is not."""

    def seal(self, plain: bytes, *, place: str) -> tuple[int, bytes]:
        """Return *plain* sealed for *place* with the newest key, and that key's number."""
        sealed = self._sealers[self.newest].seal(plain, place=f"{place}/{self.newest}")
        return self.newest, sealed

    def is_stale(self, number: int) -> bool:
        """Say whether what is sealed under this key is to be sealed anew."""
        return number < self.newest or number in self.lost

    def open(self, number: int, sealed: bytes, *, place: str) -> bytes:
        """Return what was sealed; raises Unsealable, or DataKeyGone for an unknown key."""
        if number in self.lost:
            raise Unsealable("its data key is wrapped by a server key that is not here")
        sealer = self._sealers.get(number)
        if sealer is None:
            raise DataKeyGone
        return sealer.open(sealed, place=f"{place}/{number}")


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many records were sealed anew, and how many could not be opened."""

    done: int = 0
    lost: int = 0


class Resealable(Protocol):
    """Keeps sealed records besides the secrets, and can seal them anew."""

    async def reseal(self) -> Resealed:
        """Seal every record anew that is not under the newest key."""
        ...


class DataKeys:
    """The data keys of one server; *server_secrets* are its own, newest first."""

    def __init__(
        self,
        store: KeyStore,
        server_secrets: Sequence[bytes],
        *,
        clock: Clock,
        new_key: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._store = store
        self._clock = clock
        self._new_key = new_key
        self._any = Sealer(server_secrets, "functions data keys")
        self._first = Sealer(server_secrets[:1], "functions data keys")
        self._ring: Ring | None = None
        self._looked_at: datetime | None = None

    async def ring(self, *, fresh: bool = False) -> Ring:
        """Return the keys, at most a few seconds old; makes the first one.

        Ask for *fresh* ones after a DataKeyGone.
        """
        now = self._clock.now()
        known = self._ring
        recent = self._looked_at is not None and abs(now - self._looked_at) < _LOOK_EVERY
        if known is None or fresh or not recent:
            known = self._ring = await self._read()
            self._looked_at = now
        return known

    async def rewrap(self) -> bool:
        """Wrap every data key by the newest server secret; say whether all now are."""
        for key in await self._store.keys():
            await self._rewrap(key)
        return all(self._is_fresh(key) for key in await self._store.keys())

    async def renew(self) -> Ring:
        """Make a new data key, which from now on seals what is new."""
        await self._add()
        return await self.ring(fresh=True)

    async def drop_unused(self) -> int:
        """Remove the older keys that seal nothing any more; return how many."""
        ring = await self.ring(fresh=True)
        return await self._store.drop_unused(before=ring.newest)

    async def _read(self) -> Ring:
        """Unwrap every key, making one when none can be unwrapped."""
        for _ in range(_TRIES):
            sealers: dict[int, Sealer] = {}
            lost: set[int] = set()
            for key in await self._store.keys():
                try:
                    plain = self._any.open(key.wrapped, place=key.place)
                except Unsealable:
                    lost.add(key.number)
                else:
                    sealers[key.number] = Sealer([plain], "functions records")
            if sealers:
                return Ring(max(sealers), sealers, frozenset(lost))
            await self._add()
        raise RuntimeError("data keys vanish as they are made")

    async def _add(self) -> None:
        """Keep a new key under the next number; another node's is as good."""
        keys = await self._store.keys()
        number = max((key.number for key in keys), default=0) + 1
        key = DataKey(number, b"", self._clock.now())
        wrapped = self._first.seal(self._new_key(_KEY_BYTES), place=key.place)
        await self._store.add_key(replace(key, wrapped=wrapped))

    async def _rewrap(self, key: DataKey) -> None:
        """Wrap one key anew if need be; one that nobody can unwrap stays as it is."""
        if self._is_fresh(key):
            return
        try:
            plain = self._any.open(key.wrapped, place=key.place)
        except Unsealable:
            return
        wrapped = self._first.seal(plain, place=key.place)
        await self._store.rewrap(replace(key, wrapped=wrapped), was=key.wrapped)

    def _is_fresh(self, key: DataKey) -> bool:
        """Say whether the newest server secret alone unwraps *key*."""
        try:
            self._first.open(key.wrapped, place=key.place)
        except Unsealable:
            return False
        return True
