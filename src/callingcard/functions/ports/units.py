"""One transaction over jobs, schedules and alerts.

What happens and the job that follows from it are written together, so that neither is
ever there without the other.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from callingcard.functions.ports.alerts import Channels, Deliveries, Groups
from callingcard.functions.ports.jobs import Jobs
from callingcard.functions.ports.triggers import Schedules


class Unit(Protocol):
    """One transaction."""

    @property
    def jobs(self) -> Jobs: ...  # noqa: D102
    @property
    def schedules(self) -> Schedules: ...  # noqa: D102
    @property
    def groups(self) -> Groups: ...  # noqa: D102
    @property
    def channels(self) -> Channels: ...  # noqa: D102
    @property
    def deliveries(self) -> Deliveries: ...  # noqa: D102


class Units(Protocol):
    """Makes transactions."""

    def reading(self) -> AbstractAsyncContextManager[Unit]:
        """Open a transaction that only reads."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Unit]:
        """Open a transaction that is kept at its end, or undone by an exception."""
        ...
