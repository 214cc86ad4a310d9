"""The only right to fill a place, so that of many runs one does the work.

A lease is a row. Its holder is heard of every few seconds while its run lives
(``beat``); a lease of whom nothing is heard lapses, and the next one takes it. Nodes
compare the end of a lease with their own clocks, so they need to agree to the second.

Invariant: of all holders there ever were of a place, only the last one's value is kept.
Invariant: who waits looks by itself now and then; news only make it sooner.
"""

import hashlib
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from callingcard.functions.model.storage import Entry, Lease, Place
from callingcard.functions.model.values import RunId
from callingcard.functions.ports.sandbox import AskRefused
from callingcard.functions.ports.storage import Changes, LeaseStore, News, StorageStore
from callingcard.kit.clock import Clock
from callingcard.kit.ids import random_id

LAPSE: Final = timedelta(seconds=10)
"""How long a lease goes on without a beat."""

BEAT_EVERY: Final = timedelta(seconds=3)
"""How often whoever runs functions beats for the runs that live."""

_LOOK_EVERY: Final = timedelta(milliseconds=250)


class Leases:
    """Gives leases to runs, and has the others wait."""

    def __init__(
        self,
        store: StorageStore,
        leases: LeaseStore,
        news: News,
        *,
        clock: Clock,
        new_id: Callable[[], str] = random_id,
    ) -> None:
        self._store = store
        self._leases = leases
        self._news = news
        self._clock = clock
        self._new_id = new_id
        self._holding: set[RunId] = set()
        """Runs that hold a lease, or may: it is noted before the lease is written."""

    async def take(self, place: Place, run: RunId) -> Entry | Lease:
        """Return the live entry in *place*, or the only right to make one.

        Waits while another run has that right. Raises AskRefused for a run that has it
        itself: it would wait for itself.
        """
        with self._news.listen(_topic(place)) as ear:
            while True:
                found = await self._look(place, run)
                if found is None:
                    found = await self._try(place, run)
                if isinstance(found, Entry):
                    return found
                if found.run == run:
                    return found
                left = found.until - self._clock.now()
                await ear.wait(max(min(left, _LOOK_EVERY), timedelta(milliseconds=1)))

    async def end(self, changes: Changes, place: Place, lease_id: str, run: RunId) -> None:
        """End the lease as part of *changes*; raises AskRefused when it is not *run*'s now."""
        held = await changes.lease(place.key)
        now = self._clock.now()
        if held is None or held.id != lease_id or held.run != run or not held.is_held(now):
            raise AskRefused(
                "storage",
                "the lease is not this run's any more, so its value was not kept: another"
                " run may have filled it",
            )
        await changes.free(place.key)

    async def give_back(self, place: Place, lease_id: str, run: RunId) -> None:
        """End the lease without a value; nothing happens when it is not *run*'s."""
        async with self._store.changing(place.space) as changes:
            held = await changes.lease(place.key)
            if held is None or held.id != lease_id or held.run != run:
                return
            await changes.free(place.key)
        self.tell(place)

    async def beat(self, runs: Collection[RunId]) -> None:
        """Keep the leases of these living *runs*; cheap when they hold none."""
        holding = self._holding.intersection(runs)
        if holding:
            now = self._clock.now()
            await self._leases.extend(holding, now=now, until=now + LAPSE)

    async def release(self, run: RunId) -> None:
        """End every lease of *run*, which asks for nothing any more."""
        if run not in self._holding:
            return
        for place in await self._leases.release(run):
            self.tell(place)
        self._holding.discard(run)

    def tell(self, place: Place) -> None:
        """Wake who waits for *place*: something changed there."""
        self._news.notify(_topic(place))

    async def _look(self, place: Place, run: RunId) -> Entry | Lease | None:
        """Return what there is, without waiting for writers; None when the place is free."""
        entry, lease = await self._store.look(place)
        return _settled(entry, lease, run, self._clock.now())

    async def _try(self, place: Place, run: RunId) -> Entry | Lease:
        """Take the lease unless somebody was faster; return what there is then."""
        self._holding.add(run)
        async with self._store.changing(place.space) as changes:
            now = self._clock.now()
            entry, lease = await changes.get(place.key), await changes.lease(place.key)
            found = _settled(entry, lease, run, now)
            if found is None:
                found = Lease(place, self._new_id(), run, now + LAPSE)
                await changes.hold(found)
        return found


def _settled(
    entry: Entry | None, lease: Lease | None, run: RunId, now: datetime
) -> Entry | Lease | None:
    """Return the live entry, else the lease somebody holds; None when the place is free."""
    if entry is not None and entry.is_live(now):
        return entry
    if lease is None or not lease.is_held(now):
        return None
    if lease.run == run:
        raise AskRefused("storage", "this run already has the lease on this key: put a value")
    return lease


def _topic(place: Place) -> str:
    """Return the name under which news of *place* go around, which tells nobody its key."""
    return f"functions.storage:{hashlib.sha256(place.sealed_as.encode()).hexdigest()[:32]}"
