"""What this process has at hand: the tokens handed out last, ready to be handed out again.

Looking here is all that a request for a known visitor costs, so it is done by the
visitor itself and not by a key that would have to be made first.

Invariant: never more than *max_entries* are kept, and none of a forgotten person.
"""

import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from callingcard.identity.model import IdentityToken, Visitor
from callingcard.identity.service.vault import Refusal

MAX_ENTRIES: Final = 10_000
_SWEEP_EVERY: Final = 256  # puts


@dataclass(frozen=True, slots=True)
class Shelved:
    """A token or a refusal, and until when it may be used without a second look."""

    item: IdentityToken | Refusal
    until: datetime

    @property
    def ends(self) -> datetime | None:
        """When it is of no use any more, None for never."""
        return self.item.until if isinstance(self.item, Refusal) else self.item.expires_at


class Shelf:
    """Keeps what was used last; safe among threads."""

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self._max_entries = max_entries
        self._kept: OrderedDict[Visitor, Shelved] = OrderedDict()
        self._people: dict[tuple[str, str], set[Visitor]] = {}
        self._lock = threading.Lock()
        self._puts = 0
        self.forgotten = 0
        """How often somebody was forgotten: what was read before must not be kept after."""

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._kept)

    def get(self, visitor: Visitor) -> Shelved | None:
        """Return what is kept for *visitor*, however old."""
        found = self._kept.get(visitor)
        if found is not None:
            # Without the lock, which is dear here: each of these steps is one for the
            # interpreter, and who was dropped in between is just not moved.
            with suppress(KeyError):
                self._kept.move_to_end(visitor)
        return found

    def put(
        self, visitor: Visitor, shelved: Shelved, now: datetime, *, seen: int | None = None
    ) -> None:
        """Keep *shelved*, unless somebody was forgotten since ``forgotten`` was *seen*.

        Now and then, what has ended at *now* is removed.
        """
        with self._lock:
            if seen not in {None, self.forgotten}:
                return
            self._puts += 1
            if self._puts % _SWEEP_EVERY == 0:
                self._sweep(now)
            self._kept[visitor] = shelved
            self._kept.move_to_end(visitor)
            for name in _names(visitor):
                self._people.setdefault(name, set()).add(visitor)
            while len(self._kept) > self._max_entries:
                oldest, _ = self._kept.popitem(last=False)
                self._forget_names(oldest)

    def forget(self, visitor: Visitor) -> None:
        """Drop everything kept for the person that *visitor* is."""
        with self._lock:
            self.forgotten += 1
            for name in _names(visitor):
                for each in tuple(self._people.get(name, ())):
                    self._drop(each)

    def _drop(self, visitor: Visitor) -> None:
        """Let go of one entry; the lock is held."""
        del self._kept[visitor]
        self._forget_names(visitor)

    def _sweep(self, now: datetime) -> None:
        """Let go of what has ended; the lock is held."""
        for visitor, shelved in list(self._kept.items()):
            if shelved.ends is not None and shelved.ends <= now:
                self._drop(visitor)

    def _forget_names(self, visitor: Visitor) -> None:
        """Take *visitor* out of the index; the lock is held."""
        for name in _names(visitor):
            among = self._people[name]
            among.discard(visitor)
            if not among:
                del self._people[name]


def _names(visitor: Visitor) -> list[tuple[str, str]]:
    """Return what the person is known by."""
    known = [("email", visitor.email), ("user", visitor.user_id)]
    return [(kind, name) for kind, name in known if name]
