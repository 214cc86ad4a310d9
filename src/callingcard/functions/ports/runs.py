"""What invoking needs: history, somebody to wait with, somebody to tell.

History is written by a *journal*, which takes what happened at once and writes many runs
in one transaction, since a disk can do hundreds of those a second and not thousands.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from callingcard.functions.model.activity import Activity
from callingcard.functions.model.runs import Run, RunState, TriggerKind
from callingcard.functions.model.values import FunctionName, RunId
from callingcard.functions.model.versions import Version


@dataclass(frozen=True, slots=True)
class Kept:
    """A run with what history keeps beside it for the house alone."""

    run: Run
    number: int | None = None
    """The version's number, for people; None for a draft."""
    people: tuple[str, ...] = field(default=(), repr=False)
    """Keyed hashes of whom the run is about: they find it, and name nobody."""
    sealed: bytes = field(default=b"", repr=False)
    """The true input, sealed for this run's id: only a replay opens it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What has to be known of a run's result after it was given: both are sealed."""

    key: str = ""
    """The idempotency key, whose holder may ask for the result again."""
    question: str = ""
    """Keyed hash of the visitor and the input, for ``on_error = "stale"``."""
    person: str = field(default="", repr=False)
    sealed: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are asked for; what is None or empty does not matter."""

    function: str = ""
    state: RunState | None = None
    trigger: TriggerKind | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    """Found in the failure's message or in the log, whatever the case of letters."""


@dataclass(frozen=True, slots=True)
class RunPage:
    """Some runs, newest first and without logs; *next* is where to go on, empty at the end."""

    runs: Sequence[Kept]
    next: str


class History(Protocol):
    """Looks at the runs that were written down."""

    async def get(self, run_id: str) -> Kept | None:
        """Return one run with everything that is kept of it."""
        ...

    async def page(self, wanted: RunFilter, *, cursor: str, limit: int) -> RunPage:
        """Return the next runs; raises Invalid for a cursor that none of ours made."""
        ...

    async def ended(self, function: str, *, since: datetime, but: str) -> Sequence[Kept]:
        """Return the runs of other nodes than *but* that ended after *since*, oldest first."""
        ...


class RunNumbers(Protocol):
    """Says how much functions were used."""

    async def activity(
        self, names: Collection[str], now: datetime
    ) -> Mapping[FunctionName, Activity]:
        """Return the last day of each of these functions."""
        ...


class Journal(Protocol):
    """Writes history, in batches; what is handed over is on the disk a little later."""

    def started(self, kept: Kept) -> None:
        """Note that a run began."""
        ...

    def ended(self, kept: Kept, answered: Answered | None = None) -> None:
        """Note how a run ended, and what has to be known of its result."""
        ...

    async def flush(self) -> None:
        """Return once everything handed over until now is on the disk."""
        ...


class RunKeys(Protocol):
    """Remembers idempotency keys, and results that may be asked for again."""

    async def claim(self, function: str, key: str, kept: Kept) -> RunId | None:
        """Write *kept* down as the run of *key*; or return the run that has the key.

        One transaction: of any number of callers, one gets None.
        """
        ...

    async def answer(self, function: str, key: str) -> bytes | None:
        """Return the sealed result that was given under *key*, when there is one."""
        ...

    async def last(self, function: str, question: str) -> tuple[RunId, bytes] | None:
        """Return the last run that answered *question*, and what it returned, sealed."""
        ...


class RunCare(Protocol):
    """Keeps history true and within bounds."""

    async def beat(self, node: str, now: datetime) -> None:
        """Note that *node* lives."""
        ...

    async def lose(self, now: datetime, *, node: str, alone: bool) -> Sequence[Kept]:
        """Mark the runs of dead nodes as lost, and return them.

        *alone* says that *node* is the only one there can be, so that every other is dead.
        """
        ...

    async def sweep(self, now: datetime, *, oldest: timedelta, most: int) -> int:
        """Let go of runs older than *oldest*, and of all but *most* of one function."""
        ...

    async def forget(self, named: Collection[str]) -> int:
        """Remove every run that is about one of *named*; return how many."""
        ...

    async def about(self, named: Collection[str]) -> Sequence[Kept]:
        """Return every run that is about one of *named*, oldest first."""
        ...


class RunSink(Protocol):
    """Is told of every run that ended, such as the alerts."""

    async def run_finished(self, run: Run) -> None:
        """Hear of a run; it is on the disk, and nobody waits for this."""
        ...


class RunNews(Protocol):
    """Tells those who look on what runs do, while they do it."""

    def watched(self, function: str) -> bool:
        """Say whether anybody looks on, so that nothing is made for nobody."""
        ...

    def log(self, function: str, run: RunId, at: datetime, text: str) -> None:
        """Tell some lines of a run's log."""
        ...

    def run(self, kept: Kept) -> None:
        """Tell that a run began or ended."""
        ...


class Bell(Protocol):
    """Something to wait for, once."""

    def ring(self) -> None:
        """End the wait, now or before it begins."""
        ...

    async def wait(self, at_most: timedelta) -> bool:
        """Wait until it rings; False when it did not in time."""
        ...


Bells: TypeAlias = Callable[[], Bell]


class Deployed(Protocol):
    """Knows which version of a function counts now."""

    async def current(self, name: str) -> Version:
        """Return it; raises UnknownFunction."""
        ...


class Trials(Protocol):
    """Makes a source ready to be run, without deploying it."""

    async def trial(self, name: str, source: str) -> Version:
        """Return it as a version that is kept nowhere; raises Invalid with its findings."""
        ...


Environments: TypeAlias = Callable[[str], Awaitable[str]]
"""Returns the id of this machine's environment for a lock, such as ``Packages.ensure``."""
Fingerprint: TypeAlias = Callable[[Run], str]
"""Names the kind of failure that a run is."""
