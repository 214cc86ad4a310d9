"""What schedules and events need: where they are kept, what happened, who runs functions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from callingcard.functions.model.runs import Run
from callingcard.functions.model.triggers import RunOrder, ScheduleState
from callingcard.functions.model.values import FunctionName, Json
from callingcard.functions.model.versions import Function


class Schedules(Protocol):
    """Keeps where every schedule stands."""

    async def all(self) -> Sequence[ScheduleState]:
        """Return every schedule, by function and position."""
        ...

    async def due(self, now: datetime) -> Sequence[ScheduleState]:
        """Return those whose time has come."""
        ...

    async def put(self, state: ScheduleState) -> None:
        """Keep *state* unless its place is taken by the same cron line and zone.

        What was in its place under another line is gone with its history.
        """
        ...

    async def drop(self, function: FunctionName, position: int) -> None:
        """Forget a schedule."""
        ...

    async def claim(self, seen: ScheduleState, advanced: ScheduleState) -> bool:
        """Move a schedule on, if it still stands as *seen*.

        Of any number of servers, one is told True.
        """
        ...

    async def ran(self, function: FunctionName, position: int, at: datetime) -> None:
        """Note that a run for this schedule came to an end."""
        ...


class Occurrence(Protocol):
    """Something that happened elsewhere in the house; see ``model.triggers.Happened``."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def at(self) -> datetime: ...  # noqa: D102
    @property
    def data(self) -> Mapping[str, Json]: ...  # noqa: D102
    @property
    def line(self) -> str: ...  # noqa: D102


class Outbox(Protocol):
    """What the desk wrote down in the transaction in which it happened."""

    async def waiting(self, limit: int) -> Sequence[Occurrence]:
        """Return what was not told yet, in its order."""
        ...

    async def told(self, ids: Sequence[str]) -> None:
        """Forget these: whoever wants to know has them."""
        ...


class Deployed(Protocol):
    """Knows which functions there are."""

    async def all(self) -> Sequence[Function]:
        """Return every deployed function, by name."""
        ...


class Invokes(Protocol):
    """Runs functions that nobody waits for."""

    async def run(self, order: RunOrder) -> Run:
        """Return the run when it is over, also when it failed.

        Parameters that ``main`` does not name are left out. Raises CallingcardError only
        when nothing was run, such as UnknownFunction, Invalid or LimitExceeded.
        """
        ...
