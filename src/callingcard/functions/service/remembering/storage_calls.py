"""What a running function may do with its storage: one ask, one call.

Invariant: a function reaches its own namespaces only; its name comes from the broker,
never from what it asks.
Invariant: a value is sealed before it is written, and bound to its place.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar

from callingcard.functions.model.storage import (
    Entry,
    Key,
    KeyRange,
    Lease,
    Place,
    Quota,
    Space,
    TooLong,
    is_whole,
    key_range,
    lifetime,
    read_key,
    same_value,
    written_key,
    written_value,
)
from callingcard.functions.model.values import Json, RunId
from callingcard.functions.ports.sandbox import AskRefused
from callingcard.functions.ports.secrets import DataKeyGone
from callingcard.functions.ports.storage import Changes, StorageStore
from callingcard.functions.service.remembering.data_keys import DataKeys, Ring
from callingcard.functions.service.remembering.leases import Leases
from callingcard.kit.clock import Clock
from callingcard.kit.crypto import Unsealable

T = TypeVar("T")

MAX_LISTED: Final = 1000
_LISTED: Final = 100
_MAX_COUNT: Final = 2**63 - 1
_TRIES: Final = 5

_ARGUMENTS: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = MappingProxyType(
    {
        name: (frozenset(needed.split()), frozenset(optional.split()))
        for name, needed, optional in (
            ("get", "key", "default"),
            ("set", "key value", "ttl"),
            ("delete", "key", ""),
            ("incr", "key", "by ttl"),
            ("compare_and_set", "key expected value", "ttl"),
            ("list", "", "prefix limit"),
            ("lease", "key", ""),
            ("lease_put", "key lease value", "ttl"),
            ("lease_release", "key lease", ""),
        )
    }
)
"""Which arguments each operation needs, and which it takes besides."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One ask, its arguments checked."""

    run: RunId
    space: Space
    given: Mapping[str, Json] = field(repr=False)
    key: str = field(default="", repr=False)
    ttl: timedelta | None = None

    @property
    def place(self) -> Place:
        return Place(self.space, self.key)

    def end(self, now: datetime) -> datetime | None:
        """Return when what is kept *now* expires."""
        return None if self.ttl is None else now + self.ttl


_Operation: TypeAlias = Callable[[_Asked], Awaitable[Json]]


class StorageCalls:
    """Answers the asks of running functions; *quota* is for each namespace."""

    def __init__(
        self,
        store: StorageStore,
        leases: Leases,
        keys: DataKeys,
        *,
        clock: Clock,
        quota: Quota,
    ) -> None:
        self._store = store
        self._leases = leases
        self._keys = keys
        self._clock = clock
        self._quota = quota
        self._operations: Mapping[str, _Operation] = {
            "get": self._get,
            "set": self._set,
            "delete": self._delete,
            "incr": self._incr,
            "compare_and_set": self._compare_and_set,
            "list": self._list,
            "lease": self._lease,
            "lease_put": self._lease_put,
            "lease_release": self._lease_release,
        }

    async def call(
        self,
        function: str,
        namespace: str,
        operation: str,
        arguments: Mapping[str, Json],
        *,
        run: RunId,
    ) -> Json:
        """Do what *run* of *function* asks of its *namespace*; raises AskRefused.

        Its kind is ``unknown`` or ``invalid`` for what cannot be asked, ``limit`` for what
        has no room, and ``storage`` for what cannot be done as things are.
        """
        do = self._operations.get(operation)
        if do is None:
            raise AskRefused("unknown", f"storage has no operation {operation[:40]!r}")
        return await do(_checked(run, Space(function, namespace), operation, arguments))

    async def beat(self, runs: Collection[RunId]) -> None:
        """Keep the leases of these living *runs*; call it every ``leases.BEAT_EVERY``."""
        await self._leases.beat(runs)

    async def release(self, run: RunId) -> None:
        """End every lease of *run*; call it when the last ask of the run has ended."""
        await self._leases.release(run)

    async def _get(self, asked: _Asked) -> Json:
        for attempt in range(_TRIES):
            entry, _ = await self._store.look(asked.place)
            if entry is None or not entry.is_live(self._clock.now()):
                break
            try:
                return _value(entry, await self._keys.ring(fresh=attempt > 0))
            except DataKeyGone:
                continue  # it was sealed anew meanwhile
        return asked.given.get("default")

    async def _set(self, asked: _Asked) -> Json:
        plain = _plain(asked.given["value"])

        async def change(changes: Changes, ring: Ring) -> None:
            await self._put(changes, ring, asked, plain, asked.end(self._clock.now()))

        return await self._changed(asked, change)

    async def _delete(self, asked: _Asked) -> Json:
        async def change(changes: Changes, _ring: Ring) -> bool:
            entry = await changes.get(asked.key)
            await changes.delete(asked.key)
            return entry is not None and entry.is_live(self._clock.now())

        return await self._changed(asked, change)

    async def _incr(self, asked: _Asked) -> Json:
        by = asked.given.get("by", 1)
        if not is_whole(by):
            raise AskRefused("invalid", "incr: by is a whole number")

        async def change(changes: Changes, ring: Ring) -> int:
            now = self._clock.now()
            entry = await self._live(changes, asked.key, now)
            before = 0 if entry is None else _value(entry, ring)
            if not is_whole(before):
                raise AskRefused("storage", "incr: what is there is not a whole number")
            after = before + by
            if abs(after) > _MAX_COUNT:
                raise AskRefused("limit", "incr: the number has more than 63 bits")
            # The end of a counter stays: it counts within a window that began once.
            end = asked.end(now) if entry is None else entry.expires_at
            await self._put(changes, ring, asked, _plain(after), end)
            return after

        return await self._changed(asked, change)

    async def _compare_and_set(self, asked: _Asked) -> Json:
        plain, expected = _plain(asked.given["value"]), asked.given["expected"]
        _plain(expected)  # refuses what could be no value

        async def change(changes: Changes, ring: Ring) -> bool:
            now = self._clock.now()
            entry = await self._live(changes, asked.key, now)
            if not same_value(None if entry is None else _value(entry, ring), expected):
                return False
            await self._put(changes, ring, asked, plain, asked.end(now))
            return True

        return await self._changed(asked, change)

    async def _list(self, asked: _Asked) -> Json:
        limit = asked.given.get("limit")
        if limit is None:
            limit = _LISTED
        if not is_whole(limit) or not 1 <= limit <= MAX_LISTED:
            raise AskRefused("invalid", f"list: limit is from 1 to {MAX_LISTED}")
        keys = _or_invalid("list", _range, asked.given.get("prefix"))
        found = await self._store.entries(
            asked.space, keys, now=self._clock.now(), limit=limit
        )
        return [_key(entry) for entry in found]

    async def _lease(self, asked: _Asked) -> Json:
        for attempt in range(_TRIES):
            found = await self._leases.take(asked.place, asked.run)
            if isinstance(found, Lease):
                return {"hit": False, "lease": found.id}
            try:
                value = _value(found, await self._keys.ring(fresh=attempt > 0))
            except DataKeyGone:
                continue  # it was sealed anew meanwhile
            return {"hit": True, "value": value}
        raise _unreadable()

    async def _lease_put(self, asked: _Asked) -> Json:
        value, lease_id = asked.given["value"], _lease_id(asked)
        plain = _plain(value)

        async def change(changes: Changes, ring: Ring) -> Json:
            await self._leases.end(changes, asked.place, lease_id, asked.run)
            await self._put(changes, ring, asked, plain, asked.end(self._clock.now()))
            return value

        return await self._changed(asked, change)

    async def _lease_release(self, asked: _Asked) -> Json:
        await self._leases.give_back(asked.place, _lease_id(asked), asked.run)

    async def _changed(
        self, asked: _Asked, change: Callable[[Changes, Ring], Awaitable[T]]
    ) -> T:
        """Make one change in one transaction, and wake who waits for it."""
        for attempt in range(_TRIES):
            ring = await self._keys.ring(fresh=attempt > 0)
            try:
                async with self._store.changing(asked.space) as changes:
                    done = await change(changes, ring)
            except DataKeyGone:
                continue
            self._leases.tell(asked.place)
            return done
        raise _unreadable()

    async def _live(self, changes: Changes, key: str, now: datetime) -> Entry | None:
        """Return the entry under *key* unless it has expired."""
        entry = await changes.get(key)
        return entry if entry is not None and entry.is_live(now) else None

    async def _put(
        self, changes: Changes, ring: Ring, asked: _Asked, plain: bytes, end: datetime | None
    ) -> None:
        """Seal and keep a value, if there is room; raises AskRefused."""
        size = len(asked.key) + len(plain)
        if not await self._has_room(changes, asked.key, size):
            while await changes.purge(self._clock.now()):
                pass
            if not await self._has_room(changes, asked.key, size):
                raise AskRefused(
                    "limit",
                    f"the namespace {asked.space.namespace} is full"
                    f" ({self._quota.size // 1024**2} MiB or {self._quota.entries} entries)",
                )
        number, sealed = ring.seal(plain, place=asked.place.sealed_as)
        await changes.put(Entry(asked.place, number, sealed, size, end))

    async def _has_room(self, changes: Changes, key: str, size: int) -> bool:
        """Say whether an entry of this *size* fits in place of what is under *key*."""
        usage, old = await changes.usage(), await changes.get(key)
        entries = usage.entries + (old is None)
        total = usage.size + size - (old.size if old else 0)
        return entries <= self._quota.entries and total <= self._quota.size


def _checked(run: RunId, space: Space, operation: str, given: Mapping[str, Json]) -> _Asked:
    """Return the ask with its arguments checked; raises AskRefused."""
    needed, optional = _ARGUMENTS[operation]
    for name in needed - set(given):
        raise AskRefused("invalid", f"{operation} needs {name}")
    for name in set(given) - needed - optional:
        raise AskRefused("invalid", f"{operation} takes no {name[:40]!r}")
    key = _or_invalid(operation, written_key, given["key"]) if "key" in needed else ""
    ttl = _or_invalid(operation, lifetime, given.get("ttl"))
    return _Asked(run, space, given, key, ttl)


def _or_invalid(operation: str, read: Callable[[Any], T], given: Json) -> T:
    """Return what *read* makes of *given*; raises AskRefused with its reason."""
    try:
        return read(given)
    except ValueError as error:
        raise AskRefused("invalid", f"{operation}: {error}") from None


def _range(prefix: object) -> KeyRange:
    return key_range(prefix)


def _plain(value: Json) -> bytes:
    """Return *value* as it is sealed; raises AskRefused."""
    try:
        return written_value(value)
    except ValueError as error:
        kind = "limit" if isinstance(error, TooLong) else "invalid"
        raise AskRefused(kind, str(error)) from None


def _lease_id(asked: _Asked) -> str:
    lease_id = asked.given["lease"]
    if not isinstance(lease_id, str):
        raise AskRefused("invalid", "lease is the id that a lease began with")
    return lease_id


def _key(entry: Entry) -> Json:
    key: Key = read_key(entry.place.key)
    return key


def _value(entry: Entry, ring: Ring) -> Json:
    """Open *entry*; raises AskRefused when nobody can, and DataKeyGone."""
    try:
        plain = ring.open(entry.data_key, entry.sealed, place=entry.place.sealed_as)
    except Unsealable:
        raise _unreadable() from None
    value: Json = json.loads(plain)
    return value


def _unreadable() -> AskRefused:
    return AskRefused(
        "storage",
        "what is kept under this key cannot be opened: the server's key was changed; delete it"
        " or set it anew",
    )
