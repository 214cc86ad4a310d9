"""Secrets: set, listed by name, rotated, and revealed to nobody but connectors and settings.

Invariant: a value leaves by ``reveal`` alone; no error, repr or log line holds one.
Invariant: a value is never lost to a race: a write that meets another is done again on
what is there now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from callingcard.errors import Conflict
from callingcard.functions.model.secrets import (
    Rotation,
    SealedRecord,
    SecretInUse,
    SecretShown,
    SecretUnreadable,
    UnknownSecret,
    check_secret_name,
    check_secret_value,
)
from callingcard.functions.ports.secrets import DataKeyGone, SecretStore, SecretUses
from callingcard.functions.service.remembering.data_keys import DataKeys, Resealable
from callingcard.kit.clock import Clock
from callingcard.kit.crypto import Unsealable

_TRIES: Final = 20


async def nothing_uses_them() -> Mapping[str, Sequence[str]]:
    """Return no uses: for a house without connectors."""
    return {}


class SecretDesk:
    """The sealed store; *also* are others that keep records under the same data keys."""

    def __init__(
        self,
        store: SecretStore,
        keys: DataKeys,
        *,
        clock: Clock,
        uses: SecretUses = nothing_uses_them,
        also: Sequence[Resealable] = (),
    ) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._uses = uses
        self._also = also

    async def set(self, name: str, value: str, *, by: str) -> None:
        """Keep *value* under *name*, in place of what was there; raises SecretRefused."""
        check_secret_name(name)
        check_secret_value(value)
        for attempt in range(_TRIES):
            was = await self._store.get(name)
            record = SealedRecord(
                name=name,
                version=was.version + 1 if was else 1,
                data_key=0,
                sealed=b"",
                set_at=self._clock.now(),
                set_by=by[:100],
            )
            if await self._keep(record, value.encode(), was=was, fresh=attempt > 0):
                return
        raise Conflict("The secret is being changed by others.", hint="Try again.")

    async def list(self) -> Sequence[SecretShown]:
        """Return what may be told of every secret, by name."""
        uses = await self._uses()
        return [
            SecretShown(
                record.name, record.set_at, record.set_by, tuple(uses.get(record.name, ()))
            )
            for record in await self._store.all()
        ]

    async def names(self) -> frozenset[str]:
        """Return the names of the secrets that are set."""
        return frozenset(record.name for record in await self._store.all())

    async def delete(self, name: str) -> None:
        """Remove a secret; raises UnknownSecret, and SecretInUse while something needs it."""
        check_secret_name(name)
        if users := (await self._uses()).get(name):
            raise SecretInUse(
                f"{name} is used by {', '.join(users)}.", hint="Change or delete that first."
            )
        if not await self._store.delete(name):
            raise _unknown(name)

    async def reveal(self, name: str) -> str:
        """Return the value of a secret, to be sent where it belongs and shown to nobody.

        Raises UnknownSecret and SecretUnreadable.
        """
        for attempt in range(_TRIES):
            record = await self._store.get(name)
            if record is None:
                raise _unknown(name)
            ring = await self._keys.ring(fresh=attempt > 0)
            try:
                return ring.open(record.data_key, record.sealed, place=record.place).decode()
            except DataKeyGone:
                continue
            except Unsealable:
                break
        raise SecretUnreadable(
            f"The secret {name} is there and cannot be opened.",
            hint="Restore the server's key (server.secret_keys or secret.key) that it was"
            f" sealed under, or set it anew: callingcard secrets set {name}",
        )

    async def rotate(self) -> Rotation:
        """Seal everything anew with a new data key, wrapped by the newest server secret."""
        await self._keys.renew()
        return await self.resume()

    async def resume(self) -> Rotation:
        """Finish what a rotation began, here or elsewhere; does nothing when all is done.

        Call it at start, after a new server secret was put in front, and now and then.
        """
        old_keys_free = await self._keys.rewrap()
        await self._keys.ring(fresh=True)
        done, unreadable = await self._reseal()
        lost = 0
        for other in self._also:
            resealed = await other.reseal()
            done += resealed.done
            lost += resealed.lost
        await self._keys.drop_unused()
        return Rotation(done, unreadable, lost, old_keys_free)

    async def _reseal(self) -> tuple[int, tuple[str, ...]]:
        """Seal every secret anew that is not under the newest key."""
        done = 0
        while True:
            ring = await self._keys.ring()
            stale = [r for r in await self._store.all() if ring.is_stale(r.data_key)]
            unreadable: list[str] = []
            moved = 0
            for record in stale:
                try:
                    plain = ring.open(record.data_key, record.sealed, place=record.place)
                except Unsealable:
                    unreadable.append(record.name)
                except DataKeyGone:  # a newer one, made elsewhere: the next round sees it
                    await self._keys.ring(fresh=True)
                else:
                    moved += await self._keep(record, plain, was=record)
            done += moved
            if len(stale) == len(unreadable):
                return done, tuple(unreadable)

    async def _keep(
        self,
        record: SealedRecord,
        plain: bytes,
        *,
        was: SealedRecord | None,
        fresh: bool = False,
    ) -> bool:
        """Seal *plain* as *record* in place of *was*; False when that must be tried again."""
        ring = await self._keys.ring(fresh=fresh)
        number, sealed = ring.seal(plain, place=record.place)
        try:
            return await self._store.put(
                replace(record, data_key=number, sealed=sealed), was=was
            )
        except DataKeyGone:
            await self._keys.ring(fresh=True)
            return False


def _unknown(name: str) -> UnknownSecret:
    return UnknownSecret(
        f"There is no secret {name[:64]}.", hint="Set it: callingcard secrets set NAME"
    )
