"""What functions remember, for those who look after it: seen without its values, erased.

Invariant: nothing here returns a value; keys are shown, and values are not.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from callingcard.errors import Invalid, NotFound
from callingcard.functions.model.storage import (
    Entry,
    Place,
    Quota,
    Space,
    Usage,
    read_key,
    shown_range,
)
from callingcard.functions.model.values import Json
from callingcard.functions.ports.secrets import DataKeyGone
from callingcard.functions.ports.storage import StorageRecords, StorageStore
from callingcard.functions.service.remembering.data_keys import DataKeys, Resealed, Ring
from callingcard.kit.clock import Clock
from callingcard.kit.codec import base64url, unbase64url
from callingcard.kit.crypto import Unsealable
from callingcard.kit.email import NotAnAddress, canonical_email

_PAGE: Final = 100
_BATCH: Final = 100
_SPACES: Final = 100
_TRIES: Final = 5
_LAPSED_FOR: Final = timedelta(minutes=1)
_ADDRESSES: Final = re.compile(r"[^\s:,;/|<>()\[\]{}\"'\\]+@[^\s:,;/|<>()\[\]{}\"'\\]+")
"""What may be an address within a longer text, such as ``token:ada@example.com``."""


class UnknownEntry(NotFound):
    """Nothing is kept under this key."""

    code = "functions.unknown_entry"


@dataclass(frozen=True, slots=True)
class EntryShown:
    """One entry without its value; *key* is written as JSON."""

    namespace: str
    key: str = field(repr=False)
    size: int
    expires_at: datetime | None
    is_leased: bool


@dataclass(frozen=True, slots=True)
class StoragePage:
    """Some entries of a function, and how much its namespaces hold."""

    namespaces: Sequence[tuple[str, Usage]]
    limit: Quota
    entries: Sequence[EntryShown]
    next: str | None
    """Where the next page begins."""


class StorageDesk:
    """Looks after what functions remember."""

    def __init__(
        self,
        store: StorageStore,
        records: StorageRecords,
        keys: DataKeys,
        *,
        clock: Clock,
        quota: Quota,
    ) -> None:
        self._store = store
        self._records = records
        self._keys = keys
        self._clock = clock
        self._quota = quota

    async def page(
        self,
        function: str,
        *,
        namespace: str | None = None,
        prefix: str = "",
        cursor: str | None = None,
    ) -> StoragePage:
        """Return entries of *function* by namespace and key; raises Invalid for a bad cursor.

        *prefix* is the beginning of keys that are text or, from a ``[`` on, of the JSON of
        keys that are lists.
        """
        spaces = await self._records.spaces(function)
        at, after = _read_cursor(cursor)
        try:
            keys = shown_range(prefix)
        except ValueError as error:
            raise Invalid("No key begins like this.", fields={"prefix": str(error)}) from None
        now = self._clock.now()
        found: list[EntryShown] = []
        for space, _ in spaces:
            if (namespace and space.namespace != namespace) or space.namespace < at:
                continue
            entries = await self._store.entries(
                space,
                keys,
                now=now,
                limit=_PAGE + 1 - len(found),
                after=after if space.namespace == at else "",
            )
            leased = await self._records.leased(space, now=now)
            found.extend(_shown(entry, leased) for entry in entries)
            if len(found) > _PAGE:
                break
        more = _cursor(found[_PAGE - 1]) if len(found) > _PAGE else None
        usages = [(space.namespace, usage) for space, usage in spaces]
        return StoragePage(usages, self._quota, found[:_PAGE], more)

    async def delete(self, function: str, namespace: str, key: str) -> None:
        """Remove the entry whose key is written as *key*; raises UnknownEntry."""
        if not await self._remove(Place(Space(function, namespace), key)):
            raise UnknownEntry("Nothing is kept under this key.", hint="It may have expired.")

    async def clear(self, function: str) -> int:
        """Remove all that *function* remembers: it was deleted. Return how many entries."""
        return await self._records.clear(function)

    async def forget(self, email: str = "", user_id: str = "") -> int:
        """Remove every entry whose key names this person; return how many.

        A key names them when it is, or when a part of it is, their address or their user
        id. An address also counts within a longer text, as in ``token:ada@example.com``.
        """
        forgotten = 0
        for place in await self._of(email, user_id):
            forgotten += await self._remove(place)
        return forgotten

    async def about(self, email: str, user_id: str) -> Sequence[Mapping[str, Json]]:
        """Return where something is kept under a key that names this person.

        Not what: it may be a token, which would let others in.
        """
        return [
            {
                "function": place.space.function,
                "namespace": place.space.namespace,
                "key": place.key,
            }
            for place in await self._of(email, user_id)
        ]

    async def _of(self, email: str, user_id: str) -> Sequence[Place]:
        """Return every place, of an entry or a lease, whose key names this person."""
        texts = [text.lower() for text in (email.partition("@")[0], user_id) if text]
        if not texts:
            return ()
        # Written keys escape what is not ASCII, so such texts are looked for among all.
        wanted = texts if all(t.isascii() and t.isprintable() for t in texts) else [""]
        places = await self._records.mentioning([_as_written(text) for text in wanted])
        return [place for place in places if _names(place.key, email, user_id)]

    async def sweep(self, now: datetime) -> int:
        """Remove what has expired, in small transactions; return how many entries."""
        removed = 0
        while spaces := await self._records.expired(now, limit=_SPACES):
            for space in spaces:
                async with self._store.changing(space) as changes:
                    removed += await changes.purge(now)
        await self._records.drop_lapsed(now - _LAPSED_FOR)
        return removed

    async def reseal(self) -> Resealed:
        """Seal every value anew that is not under the newest data key."""
        done = lost = 0
        after: Place | None = None
        while True:
            ring = await self._keys.ring()
            batch = await self._records.stale(ring.newest, after=after, limit=_BATCH)
            if not batch:
                return Resealed(done, lost)
            after = batch[-1].place
            pairs = [(entry, anew) for entry in batch if (anew := _anew(entry, ring))]
            lost += len(batch) - len(pairs)
            done += await self._replaced(pairs)

    async def _replaced(self, pairs: Sequence[tuple[Entry, Entry]]) -> int:
        """Write a batch; one that a newer rotation overtook is left to that rotation."""
        try:
            return await self._records.reseal(pairs)
        except DataKeyGone:
            await self._keys.ring(fresh=True)
            return 0

    async def _remove(self, place: Place) -> bool:
        """Remove what is in *place*, and the lease on it."""
        async with self._store.changing(place.space) as changes:
            await changes.free(place.key)
            return await changes.delete(place.key)


def _anew(entry: Entry, ring: Ring) -> Entry | None:
    """Return *entry* sealed with the newest key; None when nobody can open it."""
    name = entry.place.sealed_as
    try:
        plain = ring.open(entry.data_key, entry.sealed, place=name)
    except (Unsealable, DataKeyGone):
        return None
    number, sealed = ring.seal(plain, place=name)
    return replace(entry, data_key=number, sealed=sealed)


def _shown(entry: Entry, leased: frozenset[str]) -> EntryShown:
    place = entry.place
    return EntryShown(
        place.space.namespace, place.key, entry.size, entry.expires_at, place.key in leased
    )


def _as_written(text: str) -> str:
    r"""Return printable ASCII *text* as it stands within a written key."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _names(written: str, email: str, user_id: str) -> bool:
    """Say whether a key names this person.

    >>> _names('["t",42]', "", "42"), _names('"t:Ada@Example.com"', "ada@example.com", "")
    (True, True)
    >>> _names('"bada@example.com"', "ada@example.com", ""), _names('"142"', "", "42")
    (False, False)
    """
    key = read_key(written)
    parts = [key] if isinstance(key, str) else key
    texts = [str(part) for part in parts]
    if user_id and user_id in texts:
        return True
    found = [*texts, *(address for text in texts for address in _ADDRESSES.findall(text))]
    return bool(email) and _mailbox(email) in map(_mailbox, found)


def _mailbox(text: str) -> str:
    """Return the one way to write an address; of anything else, lower case."""
    try:
        return canonical_email(text)
    except NotAnAddress:
        return text.casefold()


def _cursor(entry: EntryShown) -> str:
    return base64url(f"{entry.namespace}\n{entry.key}".encode())


def _read_cursor(cursor: str | None) -> tuple[str, str]:
    """Return the namespace and the key where a page ended; raises Invalid."""
    if cursor is None:
        return "", ""
    try:
        namespace, _, key = unbase64url(cursor).decode().partition("\n")
    except ValueError:
        raise Invalid(
            "The cursor is not one of ours.", fields={"cursor": "use next of the page before"}
        ) from None
    return namespace, key
